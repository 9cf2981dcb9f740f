"""What must not break the gateway: each case is answered as documented, loses nothing, and leaves it working."""
import json
import os
import shutil
import socket
import sqlite3
import struct
import unittest

from harness import APP_SECRET, Gateway, Receiver, eventually, hook, meta_signature, text_message


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver()
        cls.gateway = Gateway(hook(cls.receiver, events="message,engine.event")).start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.close()
        cls.receiver.close()

    def tearDown(self):
        self.assertEqual(self.gateway.get("/health/ready")[0], 200, "it still works: " + self.gateway.output())

    def raw(self, data, timeout=20):
        """Sends bytes as they are; returns all that comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=timeout) as s:
            s.sendall(data)
            answer = b""
            try:
                while True:
                    chunk = s.recv(65536)
                    if not chunk:
                        return answer
                    answer += chunk
            except ConnectionResetError:
                return answer

    def test_a_missing_or_wrong_signature_is_401_and_counted(self):
        before = self.gateway.metric("chasqui_ingest_signature_rejected_total")
        body = text_message(1, 15550101010)
        for headers in ({}, {"X-Hub-Signature-256": "sha256=00"}, {"X-Hub-Signature-256": meta_signature(body + b" ")}, {"X-Hub-Signature-256": meta_signature(body)[7:]},
                        {"X-Hub-Signature": "sha1=0000"}):
            self.assertEqual(self.gateway.request("POST", "/webhooks/cloud-api", body, headers)[0], 401)
        self.assertEqual(self.gateway.metric("chasqui_ingest_signature_rejected_total"), before + 5)

    def test_signed_but_malformed_json_is_kept_as_engine_raw_and_answered_200(self):
        for body in (b"{", b"", b"null", b"[]", b"\xff\xfe", b'{"entry":7}', b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":[]}]}]}'):
            before = self.gateway.metric("chasqui_events_stored_total")
            self.assertEqual(self.gateway.post_meta(body), 200, body)
            self.assertGreater(self.gateway.metric("chasqui_events_stored_total"), before, body)

    def test_a_body_that_is_too_large_is_413_with_the_limit(self):
        body = b'{"object":"' + b"x" * (8 << 20) + b'"}'
        head = b"POST /webhooks/cloud-api HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        answer = self.raw(head)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:200])
        self.assertIn(b"8388608", answer)

    def test_smuggling_attempts_are_refused_and_the_connection_closed(self):
        cases = [
            b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
            b"POST /ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            b"POST /ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            b"GET /ping HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
            b"GET /ping HTTP/1.1\nHost: x\n\n",
            b"GET /ping HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
            b"GET /ping\r\n\r\n",
            b"GET /p ing HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET /ping HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ]
        for case in cases:
            with self.subTest(case[:60]):
                answer = self.raw(case + (b"" if case.endswith(b"\n") or b"\r\n\r\n" in case else b"\r\n\r\n"))
                self.assertRegex(answer, rb"^HTTP/1\.1 (400|501|505) ")
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, "one answer, then the end")

    def test_a_head_that_is_too_large_is_431(self):
        answer = self.raw(b"GET /ping HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 20000 + b"\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 431"), answer[:100])

    def test_a_slow_head_is_cut_off_while_others_are_served(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=30) as slow:
            slow.sendall(b"POST /webhooks/cloud-api HTTP/1.1\r\nHost: x\r\nX-")
            self.assertEqual(self.gateway.get("/ping")[0], 200)
            answer = slow.recv(65536)  # blocks until the gateway has had enough
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer)

    def test_a_connection_that_dies_half_way_leaves_nothing_behind(self):
        for _ in range(50):
            s = socket.create_connection(("127.0.0.1", self.gateway.port))
            s.sendall(b"POST /webhooks/cloud-api HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        self.assertEqual(self.gateway.post_meta(text_message(99, 15550101010)), 200)

    def test_headers_cannot_be_injected_through_an_endpoints_settings(self):
        for bad in ({"headers": [{"name": "X", "value": "a\r\nEvil: 1"}]}, {"headers": [{"name": "X\r\nEvil", "value": "1"}]}, {"url": "http://x/\r\nEvil: 1"},
                    {"headers": [{"name": "Content-Length", "value": "1"}]}, {"url": "http://x y/"}):
            status, body = self.gateway.request("POST", "/api/v1/endpoints", json.dumps({"url": "http://127.0.0.1:9/", "events": ["message"], **bad}))
            self.assertEqual(status, 400, (bad, body))
            self.assertIn("detail", json.loads(body))

    def test_api_errors_name_the_field_and_the_fix(self):
        cases = [({"events": ["message"]}, "url"), ({"url": "http://x/", "events": ["nonsense"]}, "nonsense"), ({"url": "http://x/", "events": "message"}, "events"),
                 ({"url": "http://x/", "events": [], "colour": 1}, "colour"), ({"url": "http://x/", "events": [], "retry": {"attempts": -1}}, "retry.attempts"),
                 ({"url": "http://x/", "events": [], "dialect": "klingon"}, "dialect"), ({"url": "http://x/", "events": [], "in_flight_max": 0}, "in_flight_max")]
        for body, word in cases:
            with self.subTest(word):
                status, answer = self.gateway.request("POST", "/api/v1/endpoints", json.dumps(body))
                self.assertEqual(status, 400, answer)
                self.assertIn(word, json.loads(answer)["detail"])
        self.assertEqual(self.gateway.request("POST", "/api/v1/endpoints", "{")[0], 400)
        self.assertEqual(self.gateway.request("PATCH", "/api/v1/endpoints/none", "{}")[0], 404)

    def test_pages_of_other_sites_cannot_use_the_api_of_a_keyless_gateway(self):
        self.assertEqual(self.gateway.get("/api/v1/endpoints", {"Origin": "https://evil.example"})[0], 403)
        self.assertEqual(self.gateway.get("/api/v1/endpoints", {"Host": "evil.example"})[0], 403)


class BadData(unittest.TestCase):
    """Data directories that are not as they were left."""

    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.gateway = Gateway(hook(self.receiver, events="message")).start()
        self.addCleanup(self.gateway.close)
        for n in range(20):
            self.assertEqual(self.gateway.post_meta(text_message(n, 15550101010)), 200)
        self.assertEqual(self.gateway.stop(), 0)
        self.journal = os.path.join(self.gateway.directory, "data", "journal.sqlite")

    def refused(self, *words):
        self.gateway.launch()
        code = self.gateway.process.wait(timeout=30)
        self.assertIn(code, (1, 3), self.gateway.output())
        for word in words:
            self.assertIn(word, self.gateway.output().splitlines()[-1])

    def test_a_journal_of_a_newer_version_is_refused(self):
        with sqlite3.connect(self.journal) as db:
            db.execute("PRAGMA user_version = 9999")
        db.close()
        self.refused("9999")

    def test_a_file_that_is_no_journal_is_refused(self):
        with open(self.journal, "wb") as f:
            f.write(b"this is a letter to my aunt\n" * 1000)
        self.refused("journal")

    def test_a_corrupt_journal_is_refused_or_served_but_never_crashes(self):
        size = os.path.getsize(self.journal)
        original = self.journal + ".original"
        shutil.copy(self.journal, original)
        for at in (20, 100, 4096, 16384, size // 2, size - 200):
            with self.subTest(at):
                shutil.copy(original, self.journal)
                with open(self.journal, "r+b") as f:
                    f.seek(at)
                    f.write(os.urandom(64))
                self.gateway.launch()
                eventually("it starts or ends", lambda: self.gateway.process.poll() is not None or self.gateway.is_ready())
                code = self.gateway.stop()
                self.assertIn(code, (0, 1, 3), self.gateway.output())

    def test_a_truncated_journal_is_refused_or_served_but_never_crashes(self):
        size = os.path.getsize(self.journal)
        original = self.journal + ".original"
        shutil.copy(self.journal, original)
        for keep in (1, 99, 4096, 16384, size // 2):
            with self.subTest(keep):
                shutil.copy(original, self.journal)
                os.truncate(self.journal, keep)
                self.gateway.launch()
                eventually("it starts or ends", lambda: self.gateway.process.poll() is not None or self.gateway.is_ready())
                self.assertIn(self.gateway.stop(), (0, 1, 3), self.gateway.output())

    def test_a_lost_key_file_is_named(self):
        os.remove(os.path.join(self.gateway.directory, "data", "secret.key"))
        self.refused("key")


if __name__ == "__main__":
    unittest.main()
