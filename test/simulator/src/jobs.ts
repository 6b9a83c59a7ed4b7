import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Entry, WitnessLog } from "./log.ts";
import { scriptFor, type Fault, type Plan, type Script } from "./plan.ts";

/** What the caller reads of a job. */
export type Sight =
  | { readonly status: "running"; readonly progress: number }
  | { readonly status: "succeeded"; readonly output: string | null }
  | { readonly status: "refused"; readonly message: string }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "canceled" };

export interface Job {
  readonly id: string;
  readonly model: string;
  readonly clientId: string | null;
  readonly key: string | null;
  readonly webhookUrl: string | null;
  readonly fault: Fault | null;
  readonly acceptedMs: number;
  doneMs: number;
  canceled: boolean;
  /** How often it was looked at. */
  looks: number;
}

export interface Order {
  readonly model: string;
  readonly clientId: string | null;
  readonly key: string | null;
  readonly webhookUrl: string | null;
  readonly script: Script;
}

export interface Jobs {
  /** Which submit this is decides its script, so that a second one may fare better. */
  draw(order: Order): { readonly fault: Fault | null; readonly latencyMs: number };
  accept(order: Order, drawn: { fault: Fault | null; latencyMs: number }): Job;
  find(id: string): Job | null;
  byKey(key: string): Job | null;
  byClientId(clientId: string): readonly Job[];
  see(job: Job): Sight;
  cancel(job: Job): void;
  outputOf(job: Job): string;
  isLive(job: Job): boolean;
  /** Goes on with what an earlier process had in hand; the answer is what has not ended. */
  resume(): readonly Job[];
}

export interface JobsOptions {
  readonly plan: () => Plan;
  readonly log: WitnessLog;
  readonly address: () => string;
  /** Where jobs outlive this process. */
  readonly file: string | null;
}

const ENDS: ReadonlySet<string> = new Set<Entry["what"]>(["billed", "refused", "failed", "canceled"]);

export function createJobs({ plan, log, address, file }: JobsOptions): Jobs {
  const keep = (job: Job): void => void (file !== null && appendFileSync(file, `${JSON.stringify(job)}\n`));
  const jobs = new Map<string, Job>();
  const keys = new Map<string, Job>();
  const submits = new Map<string, number>();

  const outputOf = (job: Job): string => `${address()}/files/${job.id}`;

  // A bill is written when the job ends, whether or not anybody asks.
  function bill(job: Job): void {
    const seen = endOf(job, outputOf(job));
    const facts = { job: job.id, client_id: job.clientId, key: job.key };
    if (seen.status === "succeeded") log.append({ what: "billed", ...facts, ...(seen.output === null && { note: "nothing to fetch" }) });
    else if (seen.status !== "running") log.append({ what: seen.status, ...facts });
  }

  function admit(job: Job): void {
    jobs.set(job.id, job);
    if (job.key) keys.set(job.key, job);
  }
  const billLater = (job: Job): void => void setTimeout(() => bill(job), Math.max(0, job.doneMs - Date.now())).unref();

  return {
    draw(order) {
      const name = order.key ?? order.clientId ?? randomUUID();
      const nth = submits.get(name) ?? 0;
      submits.set(name, nth + 1);
      const { latencyMs, fault } = scriptFor(plan(), `${name}#${nth}`, nth === 0 ? order.script : {});
      return { fault, latencyMs: fault === "silence" ? latencyMs + plan().silence_ms : latencyMs };
    },
    accept(order, { fault, latencyMs }) {
      const { model, clientId, key, webhookUrl } = order;
      const acceptedMs = Date.now();
      const job: Job = { id: randomUUID(), model, clientId, key, webhookUrl, fault, acceptedMs, doneMs: acceptedMs + latencyMs, canceled: false, looks: 0 };
      admit(job);
      keep(job);
      log.append({ what: "accepted", job: job.id, client_id: clientId, key, ...(fault && { note: fault }) });
      billLater(job);
      return job;
    },
    find: (id) => jobs.get(id) ?? null,
    byKey: (key) => keys.get(key) ?? null,
    byClientId: (clientId) => [...jobs.values()].filter((job) => job.clientId === clientId),
    see(job) {
      const nowMs = Date.now();
      if (nowMs < job.doneMs && !job.canceled) return { status: "running", progress: (nowMs - job.acceptedMs) / (job.doneMs - job.acceptedMs) };
      return endOf(job, outputOf(job));
    },
    cancel(job) {
      if (Date.now() >= job.doneMs) return;
      job.canceled = true;
      keep(job);
    },
    outputOf,
    isLive: (job) => Date.now() - job.doneMs < plan().url_seconds * 1000,
    resume() {
      const lines = file !== null && existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
      // The last line about a job holds.
      for (const line of lines) admit(JSON.parse(line) as Job);
      const ended = new Set(log.read().flatMap(({ what, job }) => (ENDS.has(what) ? [job] : [])));
      const open = [...jobs.values()].filter(({ id }) => !ended.has(id));
      for (const job of open) billLater(job);
      return open;
    },
  };
}

function endOf(job: Job, output: string): Sight {
  if (job.canceled) return { status: "canceled" };
  switch (job.fault) {
    case "refuse_late":
      return { status: "refused", message: "The result was held back by a filter." };
    case "fail_late":
      return { status: "failed", message: "The model ran out of memory." };
    case "no_output":
      return { status: "succeeded", output: null };
    default:
      return { status: "succeeded", output };
  }
}
