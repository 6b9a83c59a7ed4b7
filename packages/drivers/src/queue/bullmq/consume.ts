import { setTimeout as sleep } from "node:timers/promises";
import { WaitingError, Worker, type Job } from "bullmq";
import { RECEIVES_MAX, type ConsumeOptions, type Log, type Message } from "@cooly/engine/ports";
import { readMessage } from "../message.ts";
import { openWorkerClients } from "./client.ts";
import { QUEUE_NAME, type BullmqQueueOptions } from "./options.ts";
import type { Presence } from "./presence.ts";

const LOCK_SECONDS = 15;
const STALLED_SECONDS = 10;
/** For how long an idle worker is blocked in one question. */
const IDLE_SECONDS = 10;
const AGAIN_MS = 1_000;
/** Leaving Redis takes no longer, whether it is there or not. */
const LEAVE_MS = 3_000;
const TROUBLE_EVERY_MS = 60_000;

export interface Consumption extends BullmqQueueOptions, ConsumeOptions {
  readonly skipVersionCheck: boolean;
  readonly presence: Presence;
  readonly setAside: (job: Job) => Promise<void>;
}

type Handle = (message: Message) => Promise<void>;

/** Until the signal. A worker that did not come to a start is replaced: the library's own never asks again. */
export async function consume(handle: Handle, consumption: Consumption): Promise<void> {
  const { signal } = consumption;
  while (!signal.aborted) {
    const begun = await workOnce(handle, consumption);
    if (!begun) await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function workOnce(handle: Handle, consumption: Consumption): Promise<boolean> {
  const { url, prefix, presence, skipVersionCheck, concurrency, signal, name = QUEUE_NAME, log } = consumption;
  const clients = openWorkerClients(url, presence);
  const hands = new Set<Promise<void>>();
  const worker = new Worker(name, (job, token) => inHand(hands, attend(handle, { job, token: token! }, consumption)), {
    connection: clients.main,
    prefix,
    skipVersionCheck,
    concurrency,
    drainDelay: IDLE_SECONDS,
    lockDuration: (consumption.lockSeconds ?? LOCK_SECONDS) * 1000,
    stalledInterval: (consumption.stalledSeconds ?? STALLED_SECONDS) * 1000,
    // How often it was received decides, below.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: AGAIN_MS,
  });
  worker.on("error", createComplaints(log));
  const begun = await Promise.race([worker.waitUntilReady().then(yes, no), aborted(signal).then(yes)]);
  if (begun) await aborted(signal);
  clients.dismiss();
  await leave(worker, hands);
  clients.end();
  return begun;
}

const yes = (): boolean => true;
const no = (): boolean => false;

function inHand(hands: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  const hand = work.catch(() => undefined).finally(() => hands.delete(hand));
  hands.add(hand);
  return work;
}

/** Whoever is in hand may take as long as it needs; Redis, which may be away, may not. */
async function leave(worker: Worker, hands: ReadonlySet<Promise<void>>): Promise<void> {
  const left = worker.close().then(yes, yes);
  do await Promise.all(hands);
  while (!(await Promise.race([left, sleep(LEAVE_MS, false)])) && hands.size > 0);
}

/** The library keeps what is thrown, so it learns no more than that. */
class Again extends Error {
  constructor() {
    super("again");
    this.name = "Again";
  }
}

interface Given {
  readonly job: Job;
  readonly token: string;
}

async function attend(handle: Handle, { job, token }: Given, { signal, setAside }: Consumption): Promise<void> {
  if (signal.aborted) {
    // It came while we were leaving: somebody else has it at once.
    await job.moveToWait(token);
    throw new WaitingError();
  }
  const message = readMessage(job.data);
  // Those who had it so often never said what became of it.
  if (!message || job.attemptsStarted > RECEIVES_MAX) return setAside(job);
  try {
    await handle(message);
  } catch {
    if (job.attemptsStarted >= RECEIVES_MAX) return setAside(job);
    throw new Again();
  }
}

/** What a worker meets: that Redis is away is told elsewhere, and that a job is gone or another's belongs to a queue that was emptied. */
function createComplaints(log: Log | undefined): (error: Error) => void {
  let saidMs = -Infinity;
  return (error) => {
    const expected = /Missing (key|lock)|Lock mismatch|not in the active state|Connection is closed|Socket timeout|ECONN|EPIPE|READONLY|LOADING/.test(
      `${error.message} ${(error as NodeJS.ErrnoException).code ?? ""}`,
    );
    const often = performance.now() - saidMs < TROUBLE_EVERY_MS;
    if (expected || often) return log?.debug("queue.trouble", { error });
    saidMs = performance.now();
    log?.warn("queue.trouble", { error });
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
