import { z } from "zod";
import { chance } from "./chance.ts";

/** What can go wrong with one job, by where it happens. A job has at most one of them. */
export const faults = [
  // At the submit.
  "drop_before_read",
  "drop_after_read",
  "server_error",
  "server_error_after_accept",
  "rate_limit",
  "error_inside_200",
  "garbage_reply",
  "slow_reply",
  "refuse_at_once",
  // While it is made.
  "silence",
  "poll_errors",
  "poll_garbage",
  "refuse_late",
  "fail_late",
  // In the result.
  "no_output",
  "expired_url",
  "slow_drip",
  "truncated",
  "wrong_length",
  "corrupt",
  // In the webhook.
  "webhook_lost",
  "webhook_twice",
  "webhook_early",
  "webhook_out_of_order",
  "webhook_forged",
] as const;
export type Fault = (typeof faults)[number];

/** What happens to one job. */
export const Script = z.strictObject({
  /** From the submit to the end of the making. */
  latency_ms: z.int().min(0).optional(),
  fault: z.enum(faults).optional(),
});
export type Script = z.infer<typeof Script>;

/** What happens to jobs that bring no script of their own: drawn by `seed` from these shares. */
export const Plan = z.strictObject({
  seed: z.int().default(1),
  latency_ms: z.tuple([z.int().min(0), z.int().min(0)]).default([20, 200]),
  /** Of all jobs, by fault; what is left goes well. */
  faults: z.partialRecord(z.enum(faults), z.number().min(0).max(1)).default({}),
  /** How much longer a job of `silence` takes. */
  silence_ms: z.int().min(0).default(20_000),
  /** From the first byte of a result to its last. */
  transfer_ms: z.int().min(0).default(0),
  /** How long the address of a result lives. */
  url_seconds: z.number().min(0).default(600),
});
export type Plan = z.infer<typeof Plan>;

/** The same seed and the same job draw the same script, whatever came in between. */
export function scriptFor(plan: Plan, job: string, given: Script): { latencyMs: number; fault: Fault | null } {
  const [shortest, longest] = plan.latency_ms;
  const latencyMs = given.latency_ms ?? Math.round(shortest + chance(plan.seed, job, "latency") * (longest - shortest));
  return { latencyMs, fault: given.fault ?? drawFault(plan, job) };
}

function drawFault(plan: Plan, job: string): Fault | null {
  let left = chance(plan.seed, job, "fault");
  for (const fault of faults) {
    left -= plan.faults[fault] ?? 0;
    if (left < 0) return fault;
  }
  return null;
}
