import type { Queue } from "@cooly/engine/ports";
import { connect, openProducerClient } from "./client.ts";
import { consume } from "./consume.ts";
import { evicts, explainRedis, isTooOld, readFacts, sayEvicts, sayTooOld, UNKNOWN_POLICY } from "./fitness.ts";
import { add, oldestSeconds, openJobs, redrive, setAside, waitingIn, type BothJobs } from "./jobs.ts";
import type { BullmqQueueOptions } from "./options.ts";
import { createPresence } from "./presence.ts";

export type { BullmqQueueOptions };

/**
 * Jobs in Redis or Valkey. Rejects with one sentence where that cannot be reached, would throw messages away, or is too old.
 * Later on it may go and come back as it likes.
 */
export async function createBullmqQueue(options: BullmqQueueOptions): Promise<Queue> {
  const { url, log } = options;
  const presence = createPresence(log);
  const client = openProducerClient(url, presence);
  const end = (): void => {
    presence.dismiss(client);
    client.disconnect();
  };
  try {
    await connect(client).catch((cause: Error) => {
      throw new Error(explainRedis(cause, url), { cause });
    });
    const facts = await readFacts(client);
    if (facts && isTooOld(facts)) throw new Error(sayTooOld(facts));
    if (facts && evicts(facts)) throw new Error(sayEvicts(facts));
    if (!facts?.policy) log?.warn("queue.eviction_unknown", { fix: UNKNOWN_POLICY });
    const opened = { ...options, presence, end, skipVersionCheck: facts === null };
    return queueOf(await openJobs(client, opened), opened);
  } catch (error) {
    end();
    throw error;
  }
}

interface Opened extends BullmqQueueOptions {
  readonly presence: ReturnType<typeof createPresence>;
  readonly end: () => void;
  readonly skipVersionCheck: boolean;
}

function queueOf(jobs: BothJobs, { end, ...opened }: Opened): Queue {
  return {
    async publish(messages) {
      // One by one, as they travel together anyway: a transaction of many would fail where Redis has lost its scripts.
      await Promise.all(messages.map((message) => add(jobs.main, message))).catch((cause: unknown) => {
        throw new Error("Redis did not take the messages.", { cause });
      });
    },
    consume: (handle, consumption) => consume(handle, { ...opened, ...consumption, setAside: (job) => setAside(jobs, job) }),
    async depth() {
      const [waiting, aside, oldest] = await Promise.all([waitingIn(jobs.main), waitingIn(jobs.aside), oldestSeconds(jobs)]);
      return { waiting, oldestSeconds: oldest, setAside: aside };
    },
    redrive: () => redrive(jobs),
    async close() {
      end();
      await Promise.allSettled([jobs.main.close(), jobs.aside.close()]);
    },
  };
}
