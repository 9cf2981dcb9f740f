"""kill -9 under load at random moments: nothing acknowledged is lost, order holds, duplicates are few and identical."""
import collections
import http.client
import json
import os
import random
import threading
import unittest

from harness import APP_SECRET, Gateway, Receiver, eventually, hook, meta_signature, text_message, verified

ROUNDS = int(os.environ.get("CHASQUI_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("CHASQUI_KILL_SEED", str(random.randrange(1 << 30))))
CHATS = 8
IN_FLIGHT_MAX = 32       # of the endpoint, its default
SETTLE_BATCH_MAX = 4096  # of the journal, its default
BIG = 1 << 60


class Source(threading.Thread):
    """One chat: posts its messages one after another, and again until each is answered 200, as Meta does."""

    def __init__(self, gateway, chat, numbers):
        super().__init__(daemon=True)
        self.gateway, self.chat, self.numbers = gateway, chat, numbers
        self.acknowledged = []
        self.running = True

    def run(self):
        connection = None
        while self.running:
            number = next(self.numbers)
            body = text_message(number, self.chat)
            while self.running:
                try:
                    if connection is None:
                        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=10)
                    connection.request("POST", "/webhooks/cloud-api", body, {"X-Hub-Signature-256": meta_signature(body, APP_SECRET)})
                    response = connection.getresponse()
                    response.read()
                    if response.status == 200:
                        self.acknowledged.append(number)
                        break
                except (OSError, http.client.HTTPException):
                    connection = None
                threading.Event().wait(0.005)


class KillNine(unittest.TestCase):
    def test_kill_nine_under_load_loses_nothing_keeps_order_and_repeats_little(self):
        dice = random.Random(SEED)
        print("seed %d (set CHASQUI_KILL_SEED to repeat), %d rounds" % (SEED, ROUNDS), flush=True)
        receiver = Receiver()
        self.addCleanup(receiver.close)
        gateway = Gateway(hook(receiver, events="message"))
        self.addCleanup(gateway.close)
        gateway.start()
        counter = iter(range(1, BIG))
        lock = threading.Lock()

        def numbers():
            while True:
                with lock:
                    number = next(counter)
                yield number

        sources = [Source(gateway, 15550100000 + i, numbers()) for i in range(CHATS)]
        for source in sources:
            source.start()
        for _ in range(ROUNDS):
            threading.Event().wait(dice.uniform(0.05, 0.8))  # the moment of the kill is the experiment, not a wait for something
            gateway.kill()
            gateway.start()
        eventually("messages flow after the last start", lambda: sum(len(s.acknowledged) for s in sources) > 100)
        for source in sources:
            source.running = False
        for source in sources:
            source.join(30)

        acknowledged = {number for source in sources for number in source.acknowledged}
        arrived = lambda: {e["payload"]["id"] for e in receiver.events()}
        eventually("all that was acknowledged arrives", lambda: len({i for i in arrived()}) >= len(acknowledged))
        self.assertEqual(gateway.stop(), 0, gateway.output())
        self.check(receiver, acknowledged)

    def check(self, receiver, acknowledged):
        first, copies, bodies = {}, collections.Counter(), {}
        newest = collections.defaultdict(int)
        for webhook in receiver.webhooks:
            self.assertTrue(verified(webhook))
            event = json.loads(webhook.body)
            number = int(event["payload"]["id"].split("wamid.N")[1])
            copies[number] += 1
            identity = (event["id"], webhook.headers["X-Webhook-Request-Id"], webhook.body)
            self.assertEqual(bodies.setdefault(number, identity), identity, "a repeated webhook has the same ids and bytes")
            if number in first:
                continue
            first[number] = True
            chat = event["payload"]["from"]
            self.assertGreater(number, newest[chat], "first arrivals of a chat are in order")
            newest[chat] = number
        lost = acknowledged - set(first)
        self.assertEqual(lost, set(), "acknowledged and lost")
        duplicates = sum(copies.values()) - len(copies)
        self.assertLessEqual(duplicates, ROUNDS * (IN_FLIGHT_MAX + SETTLE_BATCH_MAX))
        print("%d acknowledged, %d arrived, 0 lost, %d duplicates over %d kills" % (len(acknowledged), len(first), duplicates, ROUNDS), flush=True)


if __name__ == "__main__":
    unittest.main()
