import type { Finding, Job, JobReference, Operation, Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import type { Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { POLL_SECONDS, readSight, View } from "./view.ts";

export interface SimulatorProviderOptions {
  /** What routes call it. */
  readonly id: string;
  /** Where the simulator answers, without a slash at the end. */
  readonly url: string;
  /** `keyed`: the simulator recognises a second submit by its key. */
  readonly resubmit: "keyed" | "billed";
  /** Where it is to send its webhooks; without one it is looked at. */
  readonly webhookUrl?: string;
  /** A job that is not in its list by then was never accepted. */
  readonly ambiguousMs?: number;
}

const AMBIGUOUS_MS = 4_000;
// For webhooks that never come: soon enough that whoever waits is served within a minute of any trouble.
const HOOKED_POLL_SECONDS = 10;

/** Speaks to the provider simulator (`test/simulator`), which can be told to misbehave in every way that vendors do. */
export function createSimulatorProvider({ id, url, resubmit, webhookUrl, ambiguousMs = AMBIGUOUS_MS }: SimulatorProviderOptions): Provider {
  return {
    id,
    resubmit,
    async start(job, signal) {
      const reply = await submitJob(`${url}/v1/jobs`, { ...submitOf(job, webhookUrl), job, signal });
      return readStart(reply, webhookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS);
    },
    look: (operation, signal) => look(url, operation, signal),
    reconcile: (reference, signal) => reconcile(url, { ...reference, ambiguousMs }, signal),
    async cancel(operation, signal) {
      await fetch(`${url}/v1/jobs/${String(operation["id"])}/cancel`, { method: "POST", signal });
    },
    examine: (signal) => examine(url, { id, signal }),
  };
}

async function examine(url: string, { id, signal }: { id: string; signal: AbortSignal }): Promise<readonly Finding[]> {
  const status = await fetch(`${url}/v1/jobs?client_id=nobody`, { signal }).then(
    (answer) => answer.status,
    (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
  );
  if (status === 200) return [{ code: "provider.answers", level: "good", says: `The simulator answers for ${id}.` }];
  const cause = typeof status === "number" ? `it answered ${status}` : status;
  return [
    { code: "provider.unreachable", level: "failure", says: `The simulator does not answer for ${id}.`, cause, fix: "Start it, or correct SIMULATOR_URL." },
  ];
}

function submitOf(job: Job, webhookUrl: string | undefined): { headers: Record<string, string>; body: string } {
  const { prompt, script } = job.input;
  const body = {
    model: job.upstreamId,
    prompt: String(prompt),
    client_id: job.outputId,
    wait: job.upstreamId.startsWith("sync"),
    ...(typeof script === "string" && { script: JSON.parse(script) as unknown }),
    ...(webhookUrl !== undefined && { webhook_url: webhookUrl }),
  };
  return { headers: { "content-type": "application/json", "idempotency-key": job.key }, body: JSON.stringify(body) };
}

function readStart({ status, headers, text }: Reply, pollAfterSeconds: number): Started {
  switch (status) {
    case 422:
      return { kind: "refused", message: "The provider refused this prompt." };
    case 429:
      return { kind: "failed", class: "rate_limited", message: "slow down", retryAfterSeconds: Number(headers["retry-after"] ?? 1) };
    case 503:
      return { kind: "failed", class: "transient", message: "The provider was overloaded." };
  }
  const isOk = status >= 200 && status < 300;
  const said = parse(text);
  if (said && "error" in said && isOk) return { kind: "failed", class: "transient", message: "The provider had no room." };
  const view = View.safeParse(said);
  if (!isOk || !view.success) return { kind: "unknown", why: `the submit was answered with ${status} and nothing that can be read` };
  if (view.data.status === "running") return { kind: "accepted", operation: { id: view.data.id }, pollAfterSeconds };
  return readSight(view.data) as Started;
}

async function look(url: string, operation: Operation, signal: AbortSignal): Promise<Sight> {
  const reply = await fetch(`${url}/v1/jobs/${String(operation["id"])}`, { signal });
  if (!reply.ok) throw new Error(`the look was answered with ${reply.status}`);
  return readSight(View.parse(await reply.json()));
}

const Listed = z.object({ data: z.array(View) });

async function reconcile(
  url: string,
  { outputId, sentMsAgo, ambiguousMs }: JobReference & { sentMsAgo: number; ambiguousMs: number },
  signal: AbortSignal,
): Promise<Sight | null> {
  const reply = await fetch(`${url}/v1/jobs?client_id=${outputId}`, { signal });
  if (!reply.ok) throw new Error(`the list was answered with ${reply.status}`);
  const views = Listed.parse(await reply.json()).data;
  const view = views.find(({ status }) => status === "succeeded") ?? views.at(-1);
  if (view) return readSight(view);
  return sentMsAgo > ambiguousMs ? { kind: "failed", class: "transient", message: "The provider never got it." } : null;
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
