"""Every body of the corpus, signed and posted, ends as the right canonical event and the right WAHA event, or a counted none."""
import glob
import json
import os
import unittest

from harness import Gateway, Receiver, eventually, hook

# file name's start → canonical types, WAHA events (in any order). A row serves every file that begins with it.
EXPECTED = {
    "account_update.": (["account.updated"], []),
    "call_connect.user_initiated": (["call.received"], ["call.received"]),
    "callback_button.button": (["message.received"], ["message", "message.any"]),
    "callback_selection.callback": (["message.received"], ["message", "message.any"]),
    "deleted_message.revoke": (["message.revoked"], ["message.revoked"]),
    "message.audio": (["message.received"], ["message", "message.any"]),
    "message.document": (["message.received"], ["message", "message.any"]),
    "message.image": (["message.received"], ["message", "message.any"]),
    "message.reaction": (["message.reaction"], ["message.reaction"]),
    "message.unreaction_empty": (["message.reaction"], ["message.reaction"]),
    "message.static_sticker": (["message.received"], ["message", "message.any"]),
    "message.text": (["message.received"], ["message", "message.any"]),
    "message.voice": (["message.received"], ["message", "message.any"]),
    "message_status.delivered": (["message.ack"], ["message.ack"]),
    "message_status.failed": (["message.failed"], ["message.ack"]),
    "message_status.sent": (["message.ack"], ["message.ack"]),
    "outgoing_message.text": (["message.sent"], ["message.any"]),
    "system.phone_number_change": (["message.received", "contact.updated"], []),
    "template_quality_update.": (["template.quality"], []),
    "template_status_update.": (["template.status"], []),
    "user_marketing_preferences.": (["user.preference"], []),
}
CORPUS = os.environ.get("CHASQUI_CORPUS")


@unittest.skipUnless(CORPUS, "CHASQUI_CORPUS is unset: the corpus of real Cloud API bodies is not part of this repository")
class Corpus(unittest.TestCase):
    def test_each_file_ends_as_the_right_canonical_event_and_the_right_waha_event(self):
        files = sorted(glob.glob(os.path.join(CORPUS, "meta", "*.json")))
        self.assertTrue(files, "CHASQUI_CORPUS has no meta/*.json")
        for path in files:
            with self.subTest(os.path.basename(path)):
                self.one(path)

    def one(self, path):
        name = os.path.basename(path)
        rows = [row for start, row in EXPECTED.items() if name.startswith(start)]
        self.assertTrue(rows, "no expectation for " + name)
        types, events = rows[0]
        receiver = Receiver()
        gateway = Gateway(hook(receiver, events="*,engine.event"))
        try:
            gateway.start()
            with open(path, "rb") as f:
                self.assertEqual(gateway.post_meta(f.read()), 200)
            stored = [e["event"]["type"] for e in gateway.get_json("/api/v1/events")["events"]]
            self.assertEqual(stored, ["session.status"] + types)  # the session is new, and says so first
            expected = sorted(events + ["session.status"])
            eventually("the webhooks arrive", lambda: receiver.count() >= len(expected))
            self.assertEqual(gateway.metric("chasqui_routes_no_counterpart_total"), sum(1 for t in types if not events))
            self.assertEqual(gateway.stop(), 0)
            self.assertEqual(sorted(e["event"] for e in receiver.events()), expected)
        finally:
            gateway.close()
            receiver.close()


if __name__ == "__main__":
    unittest.main()
