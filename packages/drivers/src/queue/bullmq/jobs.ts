/** The two queues in Redis, as a producer has them. */
import { Queue as Jobs, type Job, type JobsOptions } from "bullmq";
import type { Redis } from "ioredis";
import { RECEIVES_MAX, type Message } from "@cooly/engine/ports";
import { SET_ASIDE_DAYS } from "../message.ts";
import { asideOf, QUEUE_NAME, type BullmqQueueOptions } from "./options.ts";

export interface BothJobs {
  readonly main: Jobs;
  readonly aside: Jobs;
}

/** Events that nobody listens to. */
const EVENTS_KEPT = 100;
const JOB = "output";
const FIRST_REST_MS = 1_000;
const PAGE = 100;
const DAY_MS = 86_400_000;
const FORGOTTEN_AT_ONCE = 1_000;

/** A job that ends, in whatever way, is gone: one that stayed would keep later announcements of the same id out. */
const options: JobsOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  // How often a message is handed out is counted where it is; this only must not end before that.
  attempts: RECEIVES_MAX * 100,
  backoff: { type: "exponential", delay: FIRST_REST_MS },
  stackTraceLimit: 0,
};

/** `skipVersionCheck`: for a user who may not ask. */
export async function openJobs(
  connection: Redis,
  { prefix, name = QUEUE_NAME, skipVersionCheck }: BullmqQueueOptions & { readonly skipVersionCheck: boolean },
): Promise<BothJobs> {
  const open = (of: string): Jobs => {
    const jobs = new Jobs(of, { connection, prefix, skipVersionCheck, defaultJobOptions: options, streams: { events: { maxLen: EVENTS_KEPT } } });
    jobs.on("error", () => undefined);
    return jobs;
  };
  const both = { main: open(name), aside: open(asideOf(name)) };
  await Promise.all([both.main.waitUntilReady(), both.aside.waitUntilReady()]);
  return both;
}

/** A repeated announcement of what waits already is no second job. */
export const add = (jobs: Jobs, message: Message): Promise<Job> =>
  jobs.add(JOB, { outputId: message.outputId, attempt: message.attempt }, { jobId: `${message.outputId}-${message.attempt}` });

/** First it lies there, then it is let go here: whoever calls ends the job. */
export async function setAside({ aside }: BothJobs, { name, data, id }: Job): Promise<void> {
  await aside.add(name, data, { jobId: id! });
  await aside.clean(SET_ASIDE_DAYS * DAY_MS, FORGOTTEN_AT_ONCE, "wait").catch(() => undefined);
}

/** As many as there were at first: what is set aside meanwhile may be the same again. */
export async function redrive({ main, aside }: BothJobs): Promise<number> {
  const count = await waitingIn(aside);
  let moved = 0;
  while (moved < count) {
    const jobs = await aside.getJobs(["wait"], 0, Math.min(PAGE, count - moved) - 1, true);
    if (jobs.length === 0) break;
    await Promise.all(
      jobs.map(async (job) => {
        await main.add(job.name, job.data, { jobId: job.id! });
        await job.remove();
      }),
    );
    moved += jobs.length;
  }
  return moved;
}

export const waitingIn = async (jobs: Jobs): Promise<number> => (await jobs.getJobCounts("wait"))["wait"] ?? 0;

export async function oldestSeconds({ main }: BothJobs): Promise<number | null> {
  const [oldest] = await main.getJobs(["wait"], 0, 0, true);
  return oldest ? Math.max(0, (Date.now() - oldest.timestamp) / 1000) : null;
}
