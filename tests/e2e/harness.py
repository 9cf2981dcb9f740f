"""A gateway process, a receiver and a source, for tests that look at the program from outside."""
import collections
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

PROGRAM = os.environ.get("CHASQUI_PROGRAM", "")
APP_SECRET = "app-secret-of-the-test"
HOOK_KEY = "hook-key-of-the-test"
PATIENCE = 60  # seconds that a test waits for something that must happen; reached only when it fails


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(what, condition, patience=PATIENCE):
    """Waits until condition() is true; fails with `what` otherwise."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not happen that " + what)
        threading.Event().wait(0.02)


def meta_signature(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def text_message(number, chat, text=None):
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "200000000000001", "changes": [{
        "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550109999", "phone_number_id": "400000000000001"},
            "contacts": [{"profile": {"name": "Ada"}, "wa_id": str(chat)}],
            "messages": [{"from": str(chat), "id": "wamid.N%d" % number, "timestamp": "1790000000", "type": "text",
                          "text": {"body": text or "message %d" % number}}]}}]}]}).encode()


Webhook = collections.namedtuple("Webhook", "headers body")


class Receiver:
    """Takes webhooks on a port of its own and keeps them in order of arrival."""

    def __init__(self, answer=lambda webhook: 200):
        self.webhooks = []
        self.answer = answer
        self.lock = threading.Lock()
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    while self.one():
                        pass
                except (ConnectionError, OSError):
                    pass

            def one(self):
                if not self.rfile.readline():
                    return False
                headers = http.client.parse_headers(self.rfile)
                webhook = Webhook(headers, self.rfile.read(int(headers["Content-Length"])))
                with receiver.lock:
                    receiver.webhooks.append(webhook)
                    status = receiver.answer(webhook)
                self.wfile.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status)
                return True

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d/hook" % self.port

    def events(self):
        with self.lock:
            return [json.loads(w.body) for w in self.webhooks]

    def count(self):
        with self.lock:
            return len(self.webhooks)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """The program under test. Each start uses the same data directory and port."""

    def __init__(self, environment=None, command="serve", arguments=(), data=None):
        self.port = free_port()
        self.directory = data or tempfile.mkdtemp(prefix="chasqui-test-")
        self.command = [PROGRAM, command, *arguments]
        self.environment = {
            "PATH": os.environ.get("PATH", ""), "PORT": str(self.port), "CHASQUI_DATA": os.path.join(self.directory, "data"),
            "CHASQUI_CLOUD_API_APP_SECRET": APP_SECRET, "CHASQUI_CLOUD_API_VERIFY_TOKEN": "token-of-the-test", **(environment or {})}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.process = None
        self.output_path = os.path.join(self.directory, "output")

    def launch(self):
        with open(self.output_path, "ab") as output:
            self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        return self

    def start(self):
        self.launch()
        eventually("the gateway is ready: " + self.output(), lambda: self.process.poll() is not None or self.is_ready())
        if self.process.poll() is not None:
            raise AssertionError("the gateway ended at its start: " + self.output())
        return self

    def is_ready(self):
        try:
            return self.get("/health/ready")[0] == 200
        except OSError:
            return False

    def output(self):
        try:
            with open(self.output_path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def get_json(self, path):
        status, body = self.get(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def post_meta(self, body, secret=APP_SECRET):
        return self.request("POST", "/webhooks/cloud-api", body, {"Content-Type": "application/json", "X-Hub-Signature-256": meta_signature(body, secret)})[0]

    def metric(self, name):
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError("no metric " + name)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks it to stop; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def hook(receiver, events="*", **more):
    """The environment that points the gateway's endpoint at a receiver."""
    return {"WHATSAPP_HOOK_URL": receiver.url, "WHATSAPP_HOOK_EVENTS": events, "WHATSAPP_HOOK_HMAC_KEY": HOOK_KEY, **more}


def verified(webhook):
    return webhook.headers.get("X-Webhook-Hmac") == hmac.new(HOOK_KEY.encode(), webhook.body, hashlib.sha512).hexdigest()
