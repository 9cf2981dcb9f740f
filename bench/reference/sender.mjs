// A webhook sender as they are commonly built: each event becomes a BullMQ job in Redis, and a worker signs it and posts it.
// What chasqui_workload compares the gateway with. It acknowledges an event when Redis holds it, and keeps no order.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

import { Queue, Worker } from "bullmq";
import { Agent, request } from "undici";

const { PORT, REDIS_PORT, HOOK_URL, HOOK_HMAC_KEY } = process.env;
const CONCURRENCY = 64;
const ATTEMPTS = { attempts: 15, backoff: { type: "fixed", delay: 2000 }, removeOnComplete: true };

const connection = { host: "127.0.0.1", port: Number(REDIS_PORT), maxRetriesPerRequest: null };
const queue = new Queue("events", { connection });
const dispatcher = new Agent({ connections: CONCURRENCY, pipelining: 1 });

async function deliver(job) {
  const body = job.data.body;
  const signature = createHmac("sha512", HOOK_HMAC_KEY).update(body).digest("hex");
  const response = await request(HOOK_URL, {
    method: "POST",
    dispatcher,
    headers: {
      "content-type": "application/json",
      "X-Webhook-Hmac": signature,
      "X-Webhook-Hmac-Algorithm": "sha512",
      "X-Webhook-Request-Id": job.id,
      "X-Webhook-Timestamp": String(Date.now()),
    },
    body,
  });
  await response.body.dump();
  if (response.statusCode < 200 || response.statusCode > 299) throw new Error(`status ${response.statusCode}`);
}

const worker = new Worker("events", deliver, { connection, concurrency: CONCURRENCY });
worker.on("error", (error) => console.error("worker:", error.message));
queue.on("error", (error) => console.error("queue:", error.message));

async function accept(incoming, answer) {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  await queue.add("event", { body: Buffer.concat(pieces).toString("utf8") }, ATTEMPTS);
  answer.writeHead(200, { "Content-Length": 0 }).end();
}

const server = createServer((incoming, answer) => {
  if (incoming.method === "GET" && incoming.url === "/health") return answer.writeHead(200, { "Content-Length": 0 }).end();
  if (incoming.method !== "POST" || incoming.url !== "/events") return answer.writeHead(404, { "Content-Length": 0 }).end();
  accept(incoming, answer).catch((error) => {
    console.error("event:", error.message);
    answer.writeHead(503, { "Content-Length": 0 }).end();
  });
});
server.keepAliveTimeout = 60_000;

await queue.waitUntilReady();
await worker.waitUntilReady();
server.listen(Number(PORT), "127.0.0.1");

process.on("SIGTERM", () => process.exit(0));
