"""The commands that look at a running server and repair its deliveries."""
import json
import subprocess
import unittest

from harness import PROGRAM, Gateway, Receiver, eventually, free_port, hook, text_message


def run(*arguments, **environment):
    """Runs the program; returns exit code, what it printed, and what it complained about."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, env={"PATH": "", **environment})
    return done.returncode, done.stdout, done.stderr


class Cli(unittest.TestCase):
    def setUp(self):
        self.sick = True
        self.receiver = Receiver(answer=lambda webhook: 500 if self.sick and b"bad" in webhook.body else 200)
        self.addCleanup(self.receiver.close)
        self.gateway = Gateway(hook(self.receiver, events="message", WHATSAPP_HOOK_RETRIES_ATTEMPTS="1", WHATSAPP_HOOK_RETRIES_DELAY_SECONDS="1"))
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        self.url = "http://127.0.0.1:%d" % self.gateway.port

    def chasqui(self, *arguments, code=0):
        got, output, complaint = run(*arguments, "--url", self.url)
        self.assertEqual(got, code, output + complaint)
        return output if code == 0 else complaint

    def failures(self):
        return self.gateway.metric("chasqui_attempts_failed_total")

    def park_one(self):
        """Message 1 is parked: it fails twice, and message 2 gets through in between."""
        self.gateway.post_meta(text_message(1, 15550101010, "bad"))
        eventually("it fails", lambda: self.failures() == 1)
        self.gateway.post_meta(text_message(2, 15550102020, "good"))
        eventually("it is parked", lambda: self.gateway.metric("chasqui_deliveries_parked_total") == 1)

    def test_trace_tells_the_story_of_a_message(self):
        self.park_one()
        story = self.chasqui("trace", "wamid.N1")
        for part in ("message.received", "session 400000000000001", "from cloud, field messages", "-> ep_env: parked", "attempts_used_up",
                     "attempt 1  message", "attempt 2  message", "status 500"):
            self.assertIn(part, story)
        self.assertIn("-> ep_env: delivered", self.chasqui("trace", "wamid.N2"))
        eventually("the webhook is there", lambda: self.receiver.count() == 3)
        webhook = self.receiver.events()[0]
        self.assertEqual(self.chasqui("trace", webhook["id"]), story)
        self.assertEqual(self.chasqui("trace", webhook["payload"]["id"]), story)
        answer = json.loads(self.chasqui("trace", "wamid.N1", "--json"))
        self.assertEqual(answer["events"][0]["deliveries"][0]["state"], "parked")
        self.assertEqual(self.chasqui("trace", "--seq", str(answer["events"][0]["seq"])), story)
        self.assertIn("no event in the journal fits", self.chasqui("trace", "wamid.unknown", code=1))

    def test_a_trace_over_a_restart_is_the_same(self):
        self.park_one()
        story = self.chasqui("trace", "wamid.N1")
        self.assertEqual(self.gateway.stop(), 0)
        self.gateway.start()
        self.assertEqual(self.chasqui("trace", "wamid.N1"), story)

    def test_parked_deliveries_are_listed_and_resumed(self):
        self.assertEqual(self.chasqui("parked", "list"), "Nothing is parked.\n")
        self.park_one()
        heads, row = self.chasqui("parked", "list").splitlines()
        self.assertEqual(heads.split(), ["ENDPOINT", "SEQ", "PART", "REASON", "ATTEMPTS", "PARKED", "MESSAGE"])
        self.assertEqual([row.split()[0], row.split()[2], row.split()[3], row.split()[-1]], ["ep_env", "message", "attempts_used_up", "wamid.N1"])
        self.sick = False
        self.assertEqual(self.chasqui("parked", "resume", "--endpoint", "ep_env"), "1 resumed.\n")
        eventually("it arrives", lambda: self.gateway.metric("chasqui_deliveries_delivered_total") == 2)
        self.assertEqual(self.chasqui("parked", "list"), "Nothing is parked.\n")
        bodies = [w.body for w in self.receiver.webhooks if b"bad" in w.body]
        self.assertEqual(len(set(bodies)), 1, "a resumed delivery has the same bytes")

    def test_parked_deliveries_are_dropped_with_a_note(self):
        self.park_one()
        self.assertEqual(self.chasqui("parked", "drop", "--all", "--note", "seen to it"), "1 dropped.\n")
        self.assertIn("-> ep_env: dropped, a person dropped it: seen to it", self.chasqui("trace", "wamid.N1"))
        self.assertEqual(json.loads(self.chasqui("parked", "list", "--json")), {"parked": []})

    def test_endpoints_are_listed_shown_and_switched(self):
        listing = self.chasqui("endpoints", "list")
        self.assertIn("ep_env", listing)
        self.assertIn(self.receiver.url, listing)
        self.assertEqual(self.chasqui("endpoints", "pause", "ep_env"), "ep_env is paused.\n")
        self.gateway.post_meta(text_message(3, 15550101010))
        shown = self.chasqui("endpoints", "show", "ep_env")
        self.assertIn('"paused": true', shown)
        self.assertIn("1 events", shown)
        self.assertIn("the endpoint is paused", self.chasqui("trace", "wamid.N3"))
        self.assertEqual(self.chasqui("endpoints", "resume", "ep_env"), "ep_env is on.\n")
        eventually("it arrives", lambda: self.receiver.count() == 1)
        self.assertEqual(self.chasqui("endpoints", "disable", "ep_env"), "ep_env is disabled.\n")
        self.assertEqual(self.chasqui("endpoints", "enable", "ep_env"), "ep_env is on.\n")
        self.assertEqual(self.gateway.request("DELETE", "/api/v1/endpoints/ep_env")[0], 204)
        self.assertEqual(self.chasqui("endpoints", "list"), "There are no endpoints.\n")
        self.assertIn("deleted", self.chasqui("endpoints", "list", "--deleted"))
        self.assertEqual(self.chasqui("endpoints", "restore", "ep_env"), "ep_env is on.\n")
        self.assertIn("no endpoint has the id ep_x", self.chasqui("endpoints", "show", "ep_x", code=1))

    def test_a_server_that_is_not_there_or_wants_a_key_is_said_with_what_to_do(self):
        nowhere = "http://127.0.0.1:%d" % free_port()
        code, _, complaint = run("parked", "list", CHASQUI_URL=nowhere)
        self.assertEqual(code, 1)
        self.assertIn("cannot reach " + nowhere, complaint)
        self.assertIn("--url", complaint)
        self.assertEqual(self.gateway.stop(), 0)
        self.gateway.environment["CHASQUI_API_KEY"] = "a-long-enough-key"
        self.gateway.start()
        self.assertIn("CHASQUI_API_KEY", self.chasqui("endpoints", "list", code=1))
        code, output, complaint = run("endpoints", "list", "--url", self.url, CHASQUI_API_KEY="a-long-enough-key")
        self.assertEqual(code, 0, complaint)
        self.assertIn("ep_env", output)

    def test_wrong_usage_ends_with_3_and_changes_nothing(self):
        self.park_one()
        for arguments in (["trace"], ["trace", "x", "--seq", "1"], ["trace", "x", "--nonsense"], ["parked"], ["parked", "resume"],
                          ["parked", "drop", "--all"], ["parked", "resume", "--all", "--endpoint", "ep_env"], ["parked", "list", "--limit", "0"],
                          ["endpoints", "pause"], ["nonsense"], []):
            with self.subTest(arguments):
                code, _, complaint = run(*arguments, CHASQUI_URL=self.url)
                self.assertEqual(code, 3, complaint)
                self.assertTrue(complaint)
        self.assertEqual(run("--help")[0], 0)
        self.assertEqual(len(json.loads(self.chasqui("parked", "list", "--json"))["parked"]), 1)

    def test_a_receivers_text_does_not_steer_the_terminal(self):
        self.gateway.request("PATCH", "/api/v1/endpoints/ep_env", json.dumps({"description": "red \x1b[31m alarm"}))
        listing = self.chasqui("endpoints", "list")
        self.assertIn("alarm", listing)
        self.assertNotIn("\x1b", listing)

    def test_health_and_metrics_name_the_endpoint_in_trouble(self):
        self.park_one()
        ready = self.gateway.get_json("/health/ready")
        self.assertEqual(ready["status"], "degraded")
        self.assertEqual([(r["code"], r["endpoint"]) for r in ready["reasons"]], [("parked", "ep_env")])
        self.assertEqual(self.gateway.metric('chasqui_endpoint_parked{endpoint="ep_env"}'), 1)
        self.assertGreater(self.gateway.metric("process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(self.gateway.metric("chasqui_journal_bytes"), 0)
        self.assertGreater(self.gateway.metric("chasqui_disk_free_bytes"), 0)


if __name__ == "__main__":
    unittest.main()
