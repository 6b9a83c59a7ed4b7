/** What a Redis can do to a queue, and what keeps us from using one. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createBullmqQueue } from "@cooly/drivers/queue/bullmq";
import { examine } from "@cooly/drivers/queue/bullmq/examine";
import type { Queue } from "@cooly/engine/ports";
import { makeCertificates } from "../../../test/servers/certificates.ts";
import { end } from "../../../test/servers/child.ts";
import { freePort } from "../../../test/servers/free-port.ts";
import { startRedis, type RedisOptions, type RedisServer } from "../../../test/servers/redis.ts";
import { evicts, explainRedis, isTooOld } from "../src/queue/bullmq/fitness.ts";
import { openQueue } from "./conformance/open-queue.ts";
import { forkConsumer, newMessage, newMessages, startConsumer } from "./conformance/consumers.ts";
import { recordLog } from "./conformance/recorded-log.ts";

const PATIENCE = { timeout: 45_000, interval: 50 };
const undo: (() => unknown)[] = [];
let server: RedisServer;

async function redis(options: RedisOptions = {}): Promise<RedisServer> {
  const started = await startRedis(options);
  undo.push(() => started.close());
  return started;
}
async function open(options: Partial<Parameters<typeof createBullmqQueue>[0]> = {}): Promise<Queue> {
  const queue = await createBullmqQueue({ url: server.url, prefix: `test-${randomUUID()}`, ...options });
  undo.push(() => queue.close());
  return queue;
}
async function admin(act: (client: ReturnType<RedisServer["client"]>) => Promise<unknown>, on = server): Promise<void> {
  const client = on.client();
  await client.connect();
  await act(client);
  client.disconnect();
}

beforeAll(async () => {
  server = await redis();
});
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});

describe("what happens to it", { timeout: 120_000 }, () => {
  test("FLUSHALL in the middle: what is announced afterwards comes, ids of before included", async () => {
    const log = recordLog();
    const queue = await open({ log });
    const [before, after] = [newMessages(30), newMessages(30)];
    await queue.publish(before);
    const consumer = startConsumer(queue, { handle: () => sleep(100), concurrency: 4 });
    await consumer.saw(before.slice(0, 2));
    for (let times = 0; times < 3; times += 1) {
      await admin((client) => client.flushall());
      await queue.publish(before);
      await sleep(300);
    }
    await admin((client) => client.flushall());
    await queue.publish([...after, ...before]);
    await consumer.saw([...after, ...before]);
    await consumer.stop();
    expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 0 });
    expect(log.events()).toEqual([]);
  });

  test("a failover: while the primary is a replica nothing is taken, then all goes on", async () => {
    const queue = await open();
    const consumer = startConsumer(queue);
    await admin((client) => client.replicaof("127.0.0.1", String(1)));
    await expect(queue.publish(newMessages(3))).rejects.toThrow("Redis did not take the messages");
    await admin((client) => client.replicaof("NO", "ONE"));
    const sent = newMessages(3);
    await vi.waitFor(() => queue.publish(sent), PATIENCE);
    await consumer.saw(sent);
    await consumer.stop();
  });

  test("every connection is ended by the server, again and again: nothing is left behind", async () => {
    const queue = await open({ lockSeconds: 3, stalledSeconds: 3 });
    const sent = newMessages(200);
    const consumer = startConsumer(queue, { handle: () => sleep(20), concurrency: 8 });
    await queue.publish(sent);
    for (let times = 0; times < 5; times += 1) {
      await sleep(150);
      await admin((client) => client.client("KILL", "TYPE", "normal", "SKIPME", "yes"));
    }
    await consumer.saw(sent);
    await consumer.stop();
  });

  test("it goes and comes back: one warning and one line, however many connections there are", async () => {
    const own = await redis();
    const log = recordLog();
    const queue = await open({ url: own.url, log });
    const consumer = startConsumer(queue);
    await queue.publish(newMessages(1));
    await vi.waitFor(() => expect(consumer.seen).toHaveLength(1), PATIENCE);
    await own.stop();
    await sleep(3_000);
    await own.start();
    const sent = newMessages(2);
    await vi.waitFor(() => queue.publish(sent), PATIENCE);
    await consumer.saw(sent);
    await vi.waitFor(() => expect(log.events()).toEqual(["queue.away", "queue.back"]), PATIENCE);
    await consumer.stop();
    await queue.close();
    expect(log.events()).toEqual(["queue.away", "queue.back"]);
  });

  test("what is no message of ours is set aside, and keeps nobody", async () => {
    const prefix = `test-${randomUUID()}`;
    const queue = await open({ prefix });
    const { Queue: Jobs } = await import("bullmq");
    const foreign = new Jobs("outputs", { connection: { url: server.url }, prefix });
    await foreign.add("output", { hello: "world" }, { jobId: "not-ours" });
    const consumer = startConsumer(queue);
    const ours = newMessage();
    await queue.publish([ours]);
    await consumer.saw([ours]);
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 1 }), PATIENCE);
    expect(consumer.seen).toEqual([ours]);
    await consumer.stop();
    await foreign.close();
  });

  test("two installations on one Redis do not hear each other", async () => {
    const [one, other] = [await open(), await open()];
    const consumer = startConsumer(other);
    const [mine, theirs] = [newMessage(), newMessage()] as const;
    await one.publish([mine]);
    await other.publish([theirs]);
    await consumer.saw([theirs]);
    await consumer.stop();
    expect(consumer.seen).toEqual([theirs]);
    expect((await one.depth()).waiting).toBe(1);
  });

  test("an idle worker asks less than once in three seconds", async () => {
    const own = await redis();
    const queue = await open({ url: own.url });
    const consumer = startConsumer(queue);
    await sleep(3_000);
    const calls = async (): Promise<number> => {
      let text = "";
      await admin(async (client) => void (text = await client.info("commandstats")), own);
      // Those that scripts make are not sent by anybody.
      return [...text.matchAll(/^cmdstat_(evalsha|eval|bzpopmin|ping|client\S*|auth|hello|select):calls=(\d+)/gm)].reduce(
        (sum, [, , count]) => sum + Number(count),
        0,
      );
    };
    const before = await calls();
    await sleep(30_000);
    expect((await calls()) - before).toBeLessThan(12);
    await consumer.stop();
  });
});

describe("who may use it", { timeout: 60_000 }, () => {
  test("a user whom an ACL allows no more than a queue needs can do everything", async () => {
    const own = await redis();
    const prefix = "installation";
    const rules = ["on", ">pass@word", "resetkeys", `~${prefix}:*`, "&*", "+@all", "-@admin", "-@dangerous", "+info", "+client|setname"];
    await admin((client) => client.call("ACL", "SETUSER", "cooly", ...rules), own);
    await admin((client) => client.call("ACL", "SETUSER", "default", "off"), own);
    const url = own.url.replace("redis://", "redis://cooly:pass%40word@");
    const log = recordLog();
    const queue = await open({ url, prefix, log });
    const bad = newMessage();
    const consumer = startConsumer(queue, {
      async handle({ outputId }) {
        if (outputId === bad.outputId) throw new Error("never");
      },
    });
    const sent = newMessages(20);
    await queue.publish([...sent, bad]);
    await consumer.saw(sent);
    await vi.waitFor(async () => expect((await queue.depth()).setAside).toBe(1), PATIENCE);
    await consumer.stop();
    expect(await queue.redrive()).toBe(1);
    expect(await queue.depth()).toMatchObject({ waiting: 1, setAside: 0 });
    expect(log.events()).toEqual([]);
    const findings = await examine({ url, prefix });
    expect(findings.filter(({ level }) => level === "failure")).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ code: "queue.round_trip", level: "good" }));
    // The same user with another installation's prefix.
    expect(await examine({ url, prefix: "another" })).toContainEqual(expect.objectContaining({ code: "queue.permission", level: "failure" }));
    await expect(createBullmqQueue({ url: own.url.replace("redis://", "redis://cooly:wrong@"), prefix })).rejects.toThrow(
      "Redis refuses the user or the password in REDIS_URL.",
    );
  });

  test("rediss:// with an authority of one's own, and not without it", async () => {
    const certificates = await makeCertificates();
    undo.push(() => rm(certificates.folder, { recursive: true }));
    const { url } = await redis({ tls: certificates });
    const address = { driver: "bullmq", url, prefix: "tls", seconds: 15 } as const;
    const trusting = { NODE_EXTRA_CA_CERTS: certificates.authorityFile };
    const consumer = forkConsumer(address, "answer", trusting);
    const producer = forkConsumer(address, "publish", trusting);
    expect(await consumer.first).toEqual(await producer.first);
    await Promise.all([end(consumer.child, "SIGKILL"), end(producer.child, "SIGKILL")]);
    await expect(openQueue(address)).rejects.toThrow(/The certificate of 127\.0\.0\.1:\d+ is not trusted/);
    await expect(openQueue({ ...address, url: url.replace("rediss", "redis") })).rejects.toThrow("maybe it has to be the other one");
    await expect(openQueue({ ...address, url: server.url.replace("redis", "rediss") })).rejects.toThrow(/TLS/);
  });
});

describe("what keeps us from using it", { timeout: 60_000 }, () => {
  test.each(["allkeys-lru", "volatile-lru", "allkeys-random"])("one that evicts (%s) is refused with one sentence, and by examine", async (policy) => {
    const own = await redis({ words: ["--maxmemory-policy", policy, "--maxmemory", "100mb"] });
    await expect(open({ url: own.url })).rejects.toThrow(`maxmemory-policy ${policy}`);
    expect(await examine({ url: own.url, prefix: "x" })).toContainEqual(expect.objectContaining({ code: "queue.evicts", level: "failure" }));
  });

  test("one that does not tell its policy is used, with a warning", async () => {
    const own = await redis();
    await admin((client) => client.call("ACL", "SETUSER", "mute", "on", ">secret", "~*", "&*", "+@all", "-info"), own);
    const url = own.url.replace("redis://", "redis://mute:secret@");
    const log = recordLog();
    const queue = await open({ url, log });
    const sent = newMessages(2);
    const consumer = startConsumer(queue);
    await queue.publish(sent);
    await consumer.saw(sent);
    await consumer.stop();
    expect(log.events()).toEqual(["queue.eviction_unknown"]);
    expect(await examine({ url, prefix: "x" })).toContainEqual(expect.objectContaining({ code: "queue.eviction_unknown", level: "warning" }));
  });

  test("nothing there: one sentence, without the password", async () => {
    const url = `redis://cooly:hidden@127.0.0.1:${await freePort()}`;
    const refusal: Error = await open({ url }).then(
      () => new Error("it was opened"),
      (error: Error) => error,
    );
    expect(refusal.message).toMatch(/^Nothing answers at 127\.0\.0\.1:\d+, where REDIS_URL leads/);
    const findings = await examine({ url, prefix: "x" });
    expect(findings).toMatchObject([{ code: "queue.unreachable", level: "failure" }]);
    expect(JSON.stringify(findings)).not.toContain("hidden");
  });

  test("examine: a good one is good in every respect, one that writes nothing down is warned of, and neither keeps a key", async () => {
    const forgetful = await redis({ words: ["--appendonly", "no", "--save", ""] });
    expect((await examine({ url: server.url, prefix: "doctor" })).map(({ code, level }) => `${code} ${level}`)).toEqual([
      "queue.version good",
      "queue.evicts good",
      "queue.persistence good",
      "queue.round_trip good",
      "queue.blocking_reads good",
      "queue.clock good",
    ]);
    expect(await examine({ url: forgetful.url, prefix: "doctor" })).toContainEqual(expect.objectContaining({ code: "queue.persistence", level: "warning" }));
    for (const one of [server, forgetful]) await admin(async (client) => expect(await client.keys("doctor:*")).toEqual([]), one);
  });

  test("versions are told apart, and failures said in words", () => {
    const facts = { product: "Redis", policy: "noeviction", appends: true } as const;
    expect(["5.0.14", "6.0.20", "6.2.0", "7.4.1", "10.0.0"].map((version) => isTooOld({ ...facts, version }))).toEqual([true, true, false, false, false]);
    expect(isTooOld({ ...facts, product: "Valkey", version: "1.0.0" })).toBe(false);
    expect(evicts({ ...facts, version: "7.0.0", policy: null })).toBe(false);
    const say = (message: string, code?: string): string => explainRedis(Object.assign(new Error(message), { code }), "redis://u:secret@h:1");
    expect(say("getaddrinfo ENOTFOUND h", "ENOTFOUND")).toContain("cannot be found");
    expect(say("NOAUTH Authentication required.")).toContain("wants a password");
    expect(say("connect ETIMEDOUT")).toContain("does not answer");
    expect(say("something else")).toBe("Redis at h:1 cannot be used: something else");
  });
});
