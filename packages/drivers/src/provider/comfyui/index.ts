import type { Job, Operation, Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { open } from "../../http/open.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { createTroubles, retryAfterOf, type Answered, type Troubles } from "../trouble.ts";
import { examine, headersOf, order, promptIdOf, question, upload, type ComfyOptions } from "./api.ts";
import { comfyErrors } from "./errors.ts";
import { bind, type Graph } from "./graph.ts";
import { Entry, resultOf, troubleOf, type File } from "./history.ts";

const POLL_SECONDS = 2;
const POLL_MAX_SECONDS = 15;

/**
 * ComfyUI: graphs from manifests, run on a machine of one's own. The id of a prompt is ours, so that a lost one is found again; the server does not
 * hold two of one id to be the same and would run both, which costs nothing but time. Its history is the truth: what it tells over its websocket
 * may be missed.
 */
export function createComfyUi(options: ComfyOptions): Provider {
  const ways: Ways = { options, troubles: createTroubles(comfyErrors, options.key ?? null), stopped: new Set() };
  return {
    id: options.id,
    resubmit: options.resubmit ?? "free",
    start: (job, signal) => start(ways, job, signal),
    look: (operation, signal) => look(ways, operation, signal),
    async reconcile(reference, signal) {
      const seen = await find(ways, { id: promptIdOf(reference) }, signal);
      if (seen) return seen;
      // A server that is too old gives ids of its own: then this proves nothing, and what is paid for stays unknown.
      return options.resubmit === "billed" ? null : { kind: "failed", class: "transient", message: "The server never got it." };
    },
    cancel: (operation, signal) => cancel(ways, operation, signal),
    examine: (signal) => examine(options, signal),
  };
}

interface Ways {
  readonly options: ComfyOptions;
  readonly troubles: Troubles;
  /** What was stopped because we asked for it, until that is told. */
  readonly stopped: Set<string>;
}

async function start({ options, troubles }: Ways, job: Job, signal: AbortSignal): Promise<Started> {
  const bound = bind(structuredClone(job.request));
  if (bound.outcome === "unfit") return { kind: "failed", class: "not_available", message: bound.why };
  const promptId = promptIdOf(job);
  for (const [index, { node, input, file }] of bound.files.entries()) {
    const name = `${promptId}-${index}.${file.name.split(".").at(-1)}`;
    bound.graph[node]!.inputs[input] = await upload(options, { name, file, signal });
  }
  return readStart(await send(options, { graph: bound.graph, promptId, job, signal }), { troubles, output: bound.output });
}

const send = (options: ComfyOptions, { graph, promptId, job, signal }: { graph: Graph; promptId: string; job: Job; signal: AbortSignal }): Promise<Reply> =>
  submitJob(`${options.url}/prompt`, {
    headers: { ...headersOf(options), "content-type": "application/json" },
    body: JSON.stringify({ prompt: graph, prompt_id: promptId, client_id: "cooly" }),
    job,
    signal,
  });

function readStart(reply: Reply, { troubles, output }: { troubles: Troubles; output: string | null }): Started {
  if (reply.status !== 200) return troubles.refusal(answeredBy(reply));
  const id = objectIn(reply)?.["prompt_id"];
  if (typeof id !== "string" || id === "") return { kind: "unknown", why: "the answer was good and named no prompt" };
  return { kind: "accepted", operation: { id, ...(output !== null && { output }) }, pollAfterSeconds: POLL_SECONDS };
}

const Complaint = z.object({ type: z.string(), message: z.string(), details: z.string().nullish() });
const Complaints = z.object({
  error: Complaint,
  node_errors: z.record(z.string(), z.object({ class_type: z.string().nullish(), errors: z.array(Complaint) })).catch({}),
});

/** What nodes complain of says more than the sum of it. */
function answeredBy(reply: Reply): Answered & { status: number } {
  const said = Complaints.safeParse(objectIn(reply));
  const base = { status: reply.status, ...retryAfterOf(reply) };
  if (!said.success) return base;
  const { error, node_errors } = said.data;
  const ofNodes = Object.values(node_errors).flatMap(({ class_type, errors }) => errors.map((one) => ({ ...one, node: class_type })));
  const sentences = ofNodes.map(({ node, message, details }) => `${node ?? "A node"}: ${message}${details ? ` (${details})` : ""}.`);
  return { ...base, code: ofNodes[0]?.type ?? error.type, message: sentences.join(" ") || error.message };
}

async function look(ways: Ways, operation: Operation, signal: AbortSignal): Promise<Sight> {
  const seen = await find(ways, operation, signal);
  if (seen) return seen;
  // Both lists live in the server's memory: it was taken out of the queue, or the server has started anew.
  if (ways.stopped.delete(String(operation["id"]))) return { kind: "canceled" };
  return { kind: "failed", class: "transient", message: "The server no longer knows it." };
}

async function find(ways: Ways, operation: Operation, signal: AbortSignal): Promise<Sight | null> {
  const id = String(operation["id"]);
  const ended = await readEnd(ways, operation, signal);
  if (ended) return ended;
  const place = await placeOf(ways.options, id, signal);
  if (place !== null) return { kind: "running", pollAfterSeconds: Math.min(POLL_MAX_SECONDS, POLL_SECONDS + place) };
  // It may have ended between the two questions.
  return readEnd(ways, operation, signal);
}

async function readEnd({ options, troubles, stopped }: Ways, operation: Operation, signal: AbortSignal): Promise<Sight | null> {
  const id = String(operation["id"]);
  const said = await readObject(options, `/history/${id}`, signal);
  if (!Object.hasOwn(said, id)) return null;
  const entry = Entry.parse(said[id]);
  const trouble = troubleOf(entry, { troubles, stopped: stopped.has(id) });
  stopped.delete(id);
  if (trouble) return trouble;
  const file = resultOf(entry, typeof operation["output"] === "string" ? operation["output"] : null);
  if (!file) return { kind: "failed", class: "permanent", message: "The graph ended without a file." };
  return fetchFile(options, file, signal);
}

const Queue = z.object({
  queue_running: z.array(z.tuple([z.number(), z.string()]).rest(z.unknown())),
  queue_pending: z.array(z.tuple([z.number(), z.string()]).rest(z.unknown())),
});

/** How many are before it; null: it is not there. */
async function placeOf(options: ComfyOptions, id: string, signal: AbortSignal): Promise<number | null> {
  const { queue_running: running, queue_pending: pending } = Queue.parse(await readObject(options, "/queue", signal));
  if (running.some(([, one]) => one === id)) return 0;
  // In the order of their numbers, and not of this list.
  const own = pending.find(([, one]) => one === id);
  return own ? running.length + pending.filter(([number]) => number < own[0]).length : null;
}

async function readObject(options: ComfyOptions, path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const reply = await question(options, path, signal);
  const said = reply.status === 200 ? objectIn(reply) : null;
  if (!said) throw new Error(`${path} was answered with ${reply.status} and no object`);
  return said;
}

// A fetch that fails, and a file that breaks off on its way, are trouble of a look: the next one asks for it again.
async function fetchFile(options: ComfyOptions, file: File, signal: AbortSignal): Promise<Sight> {
  const url = `${options.url}/view?${new URLSearchParams(file).toString()}`;
  const response = await open(url, { headers: headersOf(options), origin: new URL(options.url).origin, signal });
  if (response.statusCode === 200) return { kind: "delivered", result: { from: "bytes", body: response } };
  response.destroy();
  throw new Error(`the result was answered with ${response.statusCode}`);
}

const UNKNOWN_PATH = new Set([404, 405]);

/** Of this prompt alone. A server that is too old for that would stop whatever runs, so there only what waits is taken back. */
async function cancel({ options, stopped }: Ways, operation: Operation, signal: AbortSignal): Promise<void> {
  const id = String(operation["id"]);
  const reply = await order(options, `/jobs/${id}/cancel`, { body: {}, signal });
  if (UNKNOWN_PATH.has(reply.status)) {
    const taken = await order(options, "/queue", { body: { delete: [id] }, signal });
    if (taken.status !== 200) throw new Error(`the cancel was answered with ${taken.status}`);
  } else if (reply.status !== 200) throw new Error(`the cancel was answered with ${reply.status}`);
  stopped.add(id);
}
