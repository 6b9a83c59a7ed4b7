import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Finding, Message } from "@cooly/engine/ports";
import { connect, openProducerClient } from "./client.ts";
import { evicts, explainRedis, isForbidden, isTooOld, readFacts, sayEvicts, sayTooOld, UNKNOWN_POLICY, type RedisFacts } from "./fitness.ts";
import { createBullmqQueue } from "./index.ts";
import { asideOf } from "./options.ts";
import { createPresence } from "./presence.ts";

export interface ExamineOptions {
  readonly url: string;
  readonly prefix: string;
}

const SKEW_SECONDS_MAX = 5;
const ROUND_TRIP_MS = 8_000;
const BLOCK_SECONDS = 3;
const WAITS_MS = 200;
const SCANNED_AT_ONCE = 100;

/** Does with this Redis what the product does, in a queue of a name of its own that is gone afterwards. */
export async function examine({ url, prefix }: ExamineOptions): Promise<readonly Finding[]> {
  const presence = createPresence(undefined);
  const client = openProducerClient(url, presence);
  const name = `doctor-${randomUUID()}`;
  try {
    await connect(client);
  } catch (error) {
    client.disconnect();
    return [
      {
        code: "queue.unreachable",
        level: "failure",
        says: "The queue's Redis cannot be reached.",
        cause: explainRedis(error as Error, url),
        fix: "Correct REDIS_URL.",
      },
    ];
  }
  try {
    const facts = await readFacts(client);
    const told = facts ? [version(facts), eviction(facts), await persistence(client, facts)] : [UNTOLD];
    // Where we refuse to start, there is nothing to try.
    if (told.some(({ level }) => level === "failure")) return told;
    const trip = await roundTrip({ url, prefix }, name);
    if (trip.level === "failure") return [...told, trip];
    return [...told, trip, await blockingRead(client, `${prefix}:${name}:probe`), await clock(client)];
  } catch (error) {
    return [{ code: "queue.trouble", level: "failure", says: "Redis answered and then did not.", cause: explainRedis(error as Error, url) }];
  } finally {
    await sweep(client, [`${prefix}:${name}`, `${prefix}:${asideOf(name)}`]).catch(() => undefined);
    presence.dismiss(client);
    client.disconnect();
  }
}

const UNTOLD: Finding = {
  code: "queue.eviction_unknown",
  level: "warning",
  says: UNKNOWN_POLICY,
  cause: "This user may not ask INFO.",
  fix: "Allow it with +info, or look yourself.",
};

function version(facts: RedisFacts): Finding {
  if (isTooOld(facts)) return { code: "queue.version", level: "failure", says: sayTooOld(facts), fix: "Use Redis 6.2 or newer, or Valkey." };
  return { code: "queue.version", level: "good", says: `The queue is on ${facts.product} ${facts.version ?? "of an unknown version"}.` };
}

function eviction(facts: RedisFacts): Finding {
  if (evicts(facts)) return { code: "queue.evicts", level: "failure", says: sayEvicts(facts), fix: "Set maxmemory-policy noeviction." };
  if (facts.policy === null) return { code: "queue.eviction_unknown", level: "warning", says: UNKNOWN_POLICY, fix: "Look into its settings." };
  return { code: "queue.evicts", level: "good", says: "Redis keeps what it was given when its memory is full (noeviction)." };
}

/** Nothing is lost that way: what is gone is announced again, which takes its time. */
async function persistence(client: Redis, { appends }: RedisFacts): Promise<Finding> {
  const code = "queue.persistence";
  if (appends) return { code, level: "good", says: "Redis writes to an append-only file." };
  const [, saves] = (await client.config("GET", "save").catch(() => [])) as string[];
  if (saves) return { code, level: "good", says: "Redis writes snapshots; what came after the last one is announced again after a crash." };
  const forgets = saves === "" && appends === false;
  return {
    code,
    level: "warning",
    says: `${forgets ? "Redis writes nothing to disk" : "Whether Redis writes to disk is not known"}: after a restart ${forgets ? "" : "that lost it "}everything that waits is announced again, which takes minutes.`,
    fix: "Set appendonly yes.",
  };
}

async function roundTrip(options: ExamineOptions, name: string): Promise<Finding> {
  const code = "queue.round_trip";
  const stopping = new AbortController();
  const arrived = Promise.withResolvers<Message>();
  const queue = await createBullmqQueue({ ...options, name });
  const sent: Message = { outputId: randomUUID(), attempt: 0 };
  const consuming = queue.consume(async (message) => arrived.resolve(message), { concurrency: 1, signal: stopping.signal });
  try {
    await queue.publish([sent]);
    const came = await Promise.race([arrived.promise, sleep(ROUND_TRIP_MS, null)]);
    if (came?.outputId === sent.outputId) return { code, level: "good", says: "A message went into the queue and came out." };
    return {
      code,
      level: "failure",
      says: "A message went into the queue and did not come out.",
      cause: "Something between here and Redis holds back commands that block.",
      fix: "Connect to Redis itself.",
    };
  } catch (error) {
    const { message } = ((error as Error).cause ?? error) as Error;
    if (!isForbidden({ message } as Error)) return { code, level: "failure", says: "No message could be put into the queue.", cause: message };
    return {
      code: "queue.permission",
      level: "failure",
      says: "The Redis user may not do what a queue needs.",
      cause: message,
      fix: `Give it ~${options.prefix}:* &* +@all -@admin -@dangerous +info +client|setname.`,
    };
  } finally {
    stopping.abort();
    await consuming;
    await queue.close();
  }
}

/** Workers wait in one command until there is something, rather than ask all the time. */
async function blockingRead(client: Redis, key: string): Promise<Finding> {
  const code = "queue.blocking_reads";
  const waiting = client.duplicate();
  waiting.on("error", () => undefined);
  try {
    await connect(waiting);
    const popped = waiting.bzpopmin(key, BLOCK_SECONDS).catch((error: Error) => error);
    // It is waiting by then.
    await sleep(WAITS_MS);
    await client.zadd(key, 0, "probe");
    const found = await popped;
    if (Array.isArray(found)) return { code, level: "good", says: "Redis wakes whoever waits for work." };
    return {
      code,
      level: "failure",
      says: "Redis does not wake whoever waits for work.",
      cause: found?.message ?? "BZPOPMIN brought nothing",
      fix: "Connect to Redis itself, not through a proxy.",
    };
  } finally {
    waiting.disconnect();
  }
}

async function clock(client: Redis): Promise<Finding> {
  const beganMs = Date.now();
  const [seconds] = await client.time();
  const skew = Math.round(Math.abs(Number(seconds) - (beganMs + Date.now()) / 2_000));
  if (skew <= SKEW_SECONDS_MAX) return { code: "queue.clock", level: "good", says: "The clocks of this machine and of Redis agree." };
  return {
    code: "queue.clock",
    level: "warning",
    says: `The clocks of this machine and of Redis differ by ${skew} s: a message that has failed comes again too early or too late.`,
    fix: "Keep both in time (NTP).",
  };
}

async function sweep(client: Redis, names: readonly string[]): Promise<void> {
  for (const name of names) {
    for await (const keys of client.scanStream({ match: `${name}:*`, count: SCANNED_AT_ONCE })) {
      if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]));
    }
  }
}
