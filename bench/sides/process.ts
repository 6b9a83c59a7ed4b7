/** `process.ts <side> <options as JSON>`: runs one side, and does with it what it is asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { answer, die } from "../ground/processes.ts";
import type { Side, SideName, SideOptions } from "./side.ts";

export type Task =
  /** One job at a time on an idle system. */
  | { readonly do: "wait"; readonly jobs: number }
  /** Everything is added first, then worked off. */
  | { readonly do: "drain"; readonly jobs: number }
  /** So many callers add one after the other, while it is worked off. */
  | { readonly do: "flow"; readonly jobs: number; readonly callers: number }
  /** Adds so many and has all of them in hand. */
  | { readonly do: "hold"; readonly jobs: number }
  /** Takes jobs from now on, with nothing to do. */
  | { readonly do: "idle" };

export interface Waits {
  /** From the call that adds a job to its handler. */
  readonly fromCallMs: readonly number[];
  /** From that call's answer. */
  readonly fromAnswerMs: readonly number[];
}

export interface Drained {
  readonly addedPerSecond: number;
  readonly donePerSecond: number;
}

export interface Flowed {
  readonly seconds: number;
}

const GAP_MS = 15;

async function wait(side: Side, jobs: number): Promise<Waits> {
  const waits = { fromCallMs: [] as number[], fromAnswerMs: [] as number[] };
  let started = Promise.withResolvers<number>();
  let finished = Promise.withResolvers<void>();
  const working = await side.work({ started: () => started.resolve(performance.now()), finished: () => finished.resolve() });
  // The first few open connections and make plans.
  for (let job = -5; job < jobs; job += 1) {
    await sleep(GAP_MS * (1 + Math.random()));
    started = Promise.withResolvers();
    finished = Promise.withResolvers();
    const calledMs = performance.now();
    await side.add();
    const answeredMs = performance.now();
    const startedMs = await started.promise;
    await finished.promise;
    if (job < 0) continue;
    waits.fromCallMs.push(startedMs - calledMs);
    waits.fromAnswerMs.push(startedMs - answeredMs);
  }
  await working.stop();
  return waits;
}

async function drain(side: Side, jobs: number): Promise<Drained> {
  const addingMs = performance.now();
  await side.addMany(jobs);
  const addedMs = performance.now();
  const { firstMs, lastMs } = await workOff(side, jobs, () => Promise.resolve());
  return { addedPerSecond: (jobs / (addedMs - addingMs)) * 1000, donePerSecond: (jobs / (lastMs - firstMs)) * 1000 };
}

async function flow(side: Side, { jobs, callers }: { jobs: number; callers: number }): Promise<Flowed> {
  const beganMs = performance.now();
  let left = jobs;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await side.add();
    }
  };
  const { lastMs } = await workOff(side, jobs, async () => void (await Promise.all(Array.from({ length: callers }, caller))));
  return { seconds: (lastMs - beganMs) / 1000 };
}

/** From the first job's start to the last one's end. */
async function workOff(side: Side, jobs: number, meanwhile: () => Promise<void>): Promise<{ firstMs: number; lastMs: number }> {
  const done = Promise.withResolvers<void>();
  let [firstMs, lastMs, finished] = [Infinity, 0, 0];
  const working = await side.work({
    started: () => void (firstMs = Math.min(firstMs, performance.now())),
    finished() {
      lastMs = performance.now();
      if ((finished += 1) === jobs) done.resolve();
    },
  });
  await Promise.all([meanwhile(), done.promise]);
  await working.stop();
  return { firstMs, lastMs };
}

async function hold(side: Side, jobs: number): Promise<object> {
  const held = Promise.withResolvers<void>();
  let started = 0;
  await side.work({ started: () => void ((started += 1) === jobs && held.resolve()), finished() {} });
  await Promise.all([side.addMany(jobs), held.promise]);
  return {};
}

async function run(side: Side, task: Task): Promise<Waits | Drained | Flowed | object> {
  switch (task.do) {
    case "wait":
      return wait(side, task.jobs);
    case "drain":
      return drain(side, task.jobs);
    case "flow":
      return flow(side, task);
    case "hold":
      return hold(side, task.jobs);
    case "idle":
      await side.work({ started() {}, finished() {} });
      return {};
  }
}

async function open(name: SideName, options: SideOptions): Promise<Side> {
  switch (name) {
    case "cooly":
      return (await import("./cooly.ts")).openCooly(options, "files");
    case "cooly-bare":
    case "cooly-on-bullmq":
    case "cooly-on-sqs":
      return (await import("./cooly.ts")).openCooly(options, "no files");
    case "cooly-queue":
    case "cooly-queue-on-bullmq":
    case "cooly-queue-on-sqs":
      return (await import("./cooly-queue.ts")).openCoolyQueue(options);
    case "graphile-worker":
      return (await import("./graphile-worker.ts")).openGraphileWorker(options);
    case "pg-boss":
      return (await import("./pg-boss.ts")).openPgBoss(options);
    case "bullmq-postgres":
      return (await import("./bullmq.ts")).openBullmqOnPostgres(options);
    case "bullmq-redis":
      return (await import("./bullmq.ts")).openBullmqOnRedis(options);
  }
}

const [name, options] = process.argv.slice(2);
open(name as SideName, JSON.parse(options!) as SideOptions).then((side) => {
  answer((task: Task) => run(side, task));
  process.send!({ ready: true });
}, die);
