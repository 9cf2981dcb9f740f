"""What a user does in the first hour, on the real program."""
import json
import os
import socket
import subprocess
import unittest

from harness import APP_SECRET, HOOK_KEY, PROGRAM, Gateway, Receiver, eventually, free_port, hook, text_message, verified


class Serve(unittest.TestCase):
    def receiver(self, **more):
        receiver = Receiver(**more)
        self.addCleanup(receiver.close)
        return receiver

    def gateway(self, *args, **more):
        gateway = Gateway(*args, **more)
        self.addCleanup(gateway.close)
        return gateway

    def test_the_demo_shows_a_delivered_and_verified_webhook_within_seconds(self):
        gateway = self.gateway(command="demo").start()
        eventually("the first webhook is shown", lambda: "its signature verified" in gateway.output(), patience=15)
        inbox = gateway.get_json("/api/v1/inbox")
        self.assertTrue(all(item["signature"] == "verified" for item in inbox["items"]))
        self.assertEqual(gateway.stop(), 0, gateway.output())

    def test_the_environment_of_the_users_document_is_enough_to_get_webhooks(self):
        receiver = self.receiver()
        gateway = self.gateway({"WHATSAPP_HOOK_URL": receiver.url, "WHATSAPP_HOOK_EVENTS": "message,message.any,state.change"}).start()
        self.assertEqual(gateway.post_meta(text_message(1, 15550101010, "ping")), 200)
        eventually("both webhooks arrive", lambda: receiver.count() == 2)
        self.assertEqual([e["event"] for e in receiver.events()], ["message", "message.any"])
        self.assertEqual(receiver.events()[0]["payload"]["body"], "ping")

    def test_the_legacy_profile_gives_exactly_four_keys(self):
        receiver = self.receiver()
        gateway = self.gateway(hook(receiver, events="message", CHASQUI_WAHA_PROFILE="legacy")).start()
        gateway.post_meta(text_message(1, 15550101010, "ping"))
        eventually("it arrives", lambda: receiver.count() == 1)
        self.assertEqual(list(receiver.events()[0]), ["event", "session", "engine", "payload"])

    def test_print_webhooks_shows_each_request_and_masks_secrets(self):
        receiver = self.receiver()
        gateway = self.gateway(hook(receiver, events="message", WHATSAPP_HOOK_CUSTOM_HEADERS="Authorization:Bearer abc:def"), arguments=["--print-webhooks"]).start()
        gateway.post_meta(text_message(1, 15550101010, "ping"))
        eventually("it arrives", lambda: receiver.count() == 1)
        self.assertEqual(receiver.webhooks[0].headers["Authorization"], "Bearer abc:def")
        eventually("it is printed", lambda: '"body": "ping"' in gateway.output())
        self.assertIn("POST " + receiver.url, gateway.output())
        self.assertIn("Authorization: ***", gateway.output())
        self.assertNotIn("abc:def", gateway.output())
        self.assertNotIn(HOOK_KEY, gateway.output())

    def test_listen_verifies_what_the_gateway_sends(self):
        port = free_port()
        listener = subprocess.Popen([PROGRAM, "listen", "--port", str(port), "--hmac-key", HOOK_KEY, "--count", "2"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(listener.kill)
        self.assertIn("Listening", listener.stdout.readline())
        gateway = self.gateway({"WHATSAPP_HOOK_URL": "http://127.0.0.1:%d/x" % port, "WHATSAPP_HOOK_EVENTS": "message", "WHATSAPP_HOOK_HMAC_KEY": HOOK_KEY}).start()
        gateway.post_meta(text_message(1, 15550101010, "one"))
        gateway.post_meta(text_message(2, 15550101010, "two"))
        output, _ = listener.communicate(timeout=30)
        self.assertEqual(listener.returncode, 0, output)
        self.assertEqual(output.count("signature verified"), 2, output)

    def test_listen_says_by_its_exit_code_that_a_signature_was_wrong(self):
        port = free_port()
        listener = subprocess.Popen([PROGRAM, "listen", "--port", str(port), "--hmac-key", "another-key", "--count", "1"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(listener.kill)
        listener.stdout.readline()
        gateway = self.gateway({"WHATSAPP_HOOK_URL": "http://127.0.0.1:%d/x" % port, "WHATSAPP_HOOK_EVENTS": "message", "WHATSAPP_HOOK_HMAC_KEY": HOOK_KEY}).start()
        gateway.post_meta(text_message(1, 15550101010, "one"))
        output, _ = listener.communicate(timeout=30)
        self.assertEqual(listener.returncode, 4, output)
        self.assertIn("WRONG", output)

    def test_an_endpoint_made_through_the_api_survives_a_restart_with_its_secret(self):
        receiver = self.receiver()
        gateway = self.gateway().start()
        body = json.dumps({"url": receiver.url, "events": ["message"], "hmac_key": HOOK_KEY, "description": "CRM"})
        status, made = gateway.request("POST", "/api/v1/endpoints", body)
        self.assertEqual(status, 201, made)
        self.assertEqual(json.loads(made)["hmac_key"], "***")
        self.assertEqual(gateway.stop(), 0)
        with open(os.path.join(gateway.directory, "data", "journal.sqlite"), "rb") as f:
            self.assertNotIn(HOOK_KEY.encode(), f.read(), "secrets are sealed at rest")
        gateway.start()
        gateway.post_meta(text_message(1, 15550101010))
        eventually("it arrives", lambda: receiver.count() == 1)
        self.assertTrue(verified(receiver.webhooks[0]))

    def test_a_redelivery_by_the_source_is_acknowledged_and_not_delivered_again(self):
        receiver = self.receiver()
        gateway = self.gateway(hook(receiver, events="message")).start()
        for _ in range(3):
            self.assertEqual(gateway.post_meta(text_message(1, 15550101010)), 200)
        gateway.post_meta(text_message(2, 15550101010))
        eventually("both messages arrive", lambda: receiver.count() >= 2)
        self.assertEqual([e["payload"]["body"] for e in receiver.events()], ["message 1", "message 2"])
        self.assertEqual(gateway.metric("chasqui_events_duplicate_total"), 2)

    def test_a_backlog_made_while_the_receiver_was_away_arrives_in_order_after_a_restart(self):
        port = free_port()
        gateway = self.gateway({"WHATSAPP_HOOK_URL": "http://127.0.0.1:%d/x" % port, "WHATSAPP_HOOK_EVENTS": "message", "WHATSAPP_HOOK_HMAC_KEY": HOOK_KEY,
                                "WHATSAPP_HOOK_RETRIES_DELAY_SECONDS": "0.2"}).start()
        for n in range(50):
            self.assertEqual(gateway.post_meta(text_message(n, 15550101010)), 200)
        self.assertEqual(gateway.stop(), 0)
        receiver = self.receiver()
        gateway.environment["WHATSAPP_HOOK_URL"] = receiver.url
        gateway.start()
        eventually("all arrive", lambda: receiver.count() >= 50)
        self.assertEqual([e["payload"]["body"] for e in receiver.events()], ["message %d" % n for n in range(50)])

    def test_the_handshake_of_meta_is_answered_with_the_challenge_exactly(self):
        gateway = self.gateway().start()
        status, body = gateway.get("/webhooks/cloud-api?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=token-of-the-test")
        self.assertEqual((status, body), (200, b"1158201444"))
        self.assertEqual(gateway.get("/webhooks/cloud-api?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong")[0], 403)

    def test_a_second_process_on_the_same_data_is_refused_and_told_who_holds_it(self):
        gateway = self.gateway().start()
        second = self.gateway(data=gateway.directory).launch()
        second.process.wait(timeout=30)
        self.assertEqual(second.process.returncode, 1)
        self.assertIn(str(gateway.process.pid), gateway.output())
        self.assertEqual(gateway.get("/health/ready")[0], 200)

    def test_without_an_api_key_only_loopback_is_bound(self):
        result = subprocess.run([PROGRAM, "serve", "--host", "0.0.0.0", "--port", str(free_port())], capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 3)
        self.assertIn("CHASQUI_API_KEY", result.stderr)

    def test_with_an_api_key_the_api_asks_for_it(self):
        gateway = self.gateway({"CHASQUI_API_KEY": "a-long-enough-key"}).start()
        self.assertEqual(gateway.get("/api/v1/endpoints")[0], 401)
        self.assertEqual(gateway.get("/api/v1/endpoints", {"X-Api-Key": "wrong-key-wrong"})[0], 401)
        self.assertEqual(gateway.get("/api/v1/endpoints", {"X-Api-Key": "a-long-enough-key"})[0], 200)

    def test_a_wrong_setting_is_named_with_its_fix(self):
        for name, value in (("PORT", "70000"), ("WHATSAPP_HOOK_RETRIES_POLICY", "random"), ("CHASQUI_STORE", "paper"), ("WHATSAPP_HOOK_URL", "ftp://x/"),
                            ("WHATSAPP_HOOK_EVENTS", "message,nonsense")):
            with self.subTest(name):
                environment = {"WHATSAPP_HOOK_URL": "http://127.0.0.1:9/x", "WHATSAPP_HOOK_EVENTS": "message", name: value}
                gateway = self.gateway(environment).launch()
                self.assertEqual(gateway.process.wait(timeout=30), 3, gateway.output())
                self.assertRegex(gateway.output(), "chasqui: .+(must|known|valid|url|events)")

    def test_a_taken_port_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            gateway = self.gateway({"PORT": str(taken.getsockname()[1])}).launch()
            self.assertEqual(gateway.process.wait(timeout=30), 1)
            self.assertIn(str(taken.getsockname()[1]), gateway.output())


if __name__ == "__main__":
    unittest.main()
