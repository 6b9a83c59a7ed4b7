import { randomUUID } from "node:crypto";
import type { WitnessLog } from "./log.ts";
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
}

export function createJobs({ plan, log, address }: { plan: () => Plan; log: WitnessLog; address: () => string }): Jobs {
  const jobs = new Map<string, Job>();
  const keys = new Map<string, Job>();
  const submits = new Map<string, number>();

  const outputOf = (job: Job): string => `${address()}/files/${job.id}`;

  function end(job: Job): Sight {
    if (job.canceled) return { status: "canceled" };
    switch (job.fault) {
      case "refuse_late":
        return { status: "refused", message: "The result was held back by a filter." };
      case "fail_late":
        return { status: "failed", message: "The model ran out of memory." };
      case "no_output":
        return { status: "succeeded", output: null };
      default:
        return { status: "succeeded", output: outputOf(job) };
    }
  }

  // A bill is written when the job ends, whether or not anybody asks.
  function bill(job: Job): void {
    const seen = end(job);
    const facts = { job: job.id, client_id: job.clientId, key: job.key };
    if (seen.status === "succeeded") log.append({ what: "billed", ...facts, ...(seen.output === null && { note: "nothing to fetch" }) });
    else if (seen.status !== "running") log.append({ what: seen.status, ...facts });
  }

  return {
    draw(order) {
      const name = order.key ?? order.clientId ?? randomUUID();
      const nth = submits.get(name) ?? 0;
      submits.set(name, nth + 1);
      const { latencyMs, fault } = scriptFor(plan(), `${name}#${nth}`, nth === 0 ? order.script : {});
      return { fault, latencyMs: fault === "silence" ? latencyMs + plan().silence_ms : latencyMs };
    },
    accept(order, { fault, latencyMs }) {
      const { clientId, key, webhookUrl } = order;
      const acceptedMs = Date.now();
      const job: Job = { id: randomUUID(), clientId, key, webhookUrl, fault, acceptedMs, doneMs: acceptedMs + latencyMs, canceled: false, looks: 0 };
      jobs.set(job.id, job);
      if (key) keys.set(key, job);
      log.append({ what: "accepted", job: job.id, client_id: clientId, key, ...(fault && { note: fault }) });
      setTimeout(() => bill(job), latencyMs).unref();
      return job;
    },
    find: (id) => jobs.get(id) ?? null,
    byKey: (key) => keys.get(key) ?? null,
    byClientId: (clientId) => [...jobs.values()].filter((job) => job.clientId === clientId),
    see(job) {
      const nowMs = Date.now();
      if (nowMs < job.doneMs && !job.canceled) return { status: "running", progress: (nowMs - job.acceptedMs) / (job.doneMs - job.acceptedMs) };
      return end(job);
    },
    cancel(job) {
      if (Date.now() < job.doneMs) job.canceled = true;
    },
    outputOf,
    isLive: (job) => Date.now() - job.doneMs < plan().url_seconds * 1000,
  };
}
