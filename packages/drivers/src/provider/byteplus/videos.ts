import type { JobReference, Operation, Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { isFile } from "../../http/multipart.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { inlineUriOf } from "../file-fields.ts";
import { returnAddress } from "../return-address.ts";
import { createTroubles, type Troubles } from "../trouble.ts";
import { answeredBy, examine, question, submit, type ArkOptions } from "./ark.ts";
import { arkErrors } from "./errors.ts";

const PATH = "/contents/generations/tasks";
const POLL_SECONDS = 5;
/** With callbacks, looks are for those that never come. */
const HOOKED_POLL_SECONDS = 30;
/** A task that is not in the list by then was never made. */
const LISTED_AFTER_MS = 60_000;
const PAGE = 100;

export interface BytePlusVideosOptions extends ArkOptions {
  /** Where callbacks are to be sent; without it tasks are looked at. */
  readonly hookUrl?: string;
  /** Default: a minute. */
  readonly listedAfterMs?: number;
}

/**
 * Seedance. A task that is polled or called back about; callbacks are not signed, so each goes to an address that only we can write and is
 * only a reason to look. A queued task can be canceled, a running one cannot. Pictures of a request: `first_frame` and `last_frame`, or
 * `reference_image`, one or a list.
 */
export function createBytePlusVideos(options: BytePlusVideosOptions): Provider {
  const troubles = createTroubles(arkErrors, options.key);
  const pollSeconds = options.hookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS;
  return {
    id: options.id,
    resubmit: "billed",
    async start(job, signal) {
      const { prompt, first_frame, last_frame, reference_image, content = [], ...asked } = job.request;
      const body = {
        // Sound doubles the price and is on by default, a mark is not wanted: said aloud, as defaults change.
        generate_audio: false,
        watermark: false,
        ...asked,
        model: job.upstreamId,
        content: [
          ...(typeof prompt === "string" ? [{ type: "text", text: plainPrompt(prompt) }] : []),
          ...picturesOf({ first_frame, last_frame, reference_image }),
          ...[content].flat(),
        ],
        // Made to tell who asked: by the output it tells us, and a task whose answer was lost is found by it in the list.
        safety_identifier: tagOf(job),
        ...(options.hookUrl !== undefined && { callback_url: returnAddress(options.hookUrl, { secret: options.key, outputId: job.outputId }) }),
      };
      return readStart(await submit(options, PATH, { body, job, signal }), { troubles, pollSeconds });
    },
    look: (operation, signal) => look(options, operation, { signal, troubles, pollSeconds }),
    reconcile: (reference, signal) => reconcile(options, reference, { signal, troubles, pollSeconds }),
    async cancel(operation, signal) {
      // What is over would be deleted by the same call, result and all.
      const task = await readTask(options, operation, signal);
      if (task.status === "queued") await question(options, `${PATH}/${task.id}`, { method: "DELETE", signal });
    },
    examine: (signal) => examine(options, signal),
  };
}

/** By their roles. One without a role would be read as a first frame. */
const picturesOf = (byRole: Readonly<Record<string, unknown>>): readonly object[] =>
  Object.entries(byRole).flatMap(([role, given]) => [given ?? []].flat().map((file) => ({ type: "image_url", image_url: { url: addressOf(file) }, role })));

function addressOf(file: unknown): string {
  if (typeof file === "string") return file;
  if (isFile(file)) return inlineUriOf(file);
  throw new TypeError("a picture of a request for a film must be an address, a data URI or bytes");
}

/** A user's words must not be read as flags, which the vendor takes from a prompt: `--rs 1080p` is another price. */
export const plainPrompt = (prompt: string): string => prompt.replace(/(^|\s)[-\u2010-\u2015]{1,2}(?=[a-z]+\b)/giu, "$1");

const tagOf = ({ outputId, attempt }: Pick<JobReference, "outputId" | "attempt">): string => `${outputId}-${attempt}`;

const Task = z.object({
  id: z.string(),
  status: z.enum(["queued", "running", "succeeded", "failed", "cancelled", "expired"]),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
  content: z.object({ video_url: z.string().nullish() }).nullish(),
  usage: z.object({ completion_tokens: z.number() }).nullish(),
  safety_identifier: z.string().nullish(),
  created_at: z.number(),
});
type Task = z.infer<typeof Task>;
const Page = z.object({ items: z.array(Task) });

interface Ways {
  readonly troubles: Troubles;
  readonly pollSeconds: number;
}

function readStart(reply: Reply, { troubles, pollSeconds }: Ways): Started {
  if (reply.status !== 200) return troubles.refusal(answeredBy(reply));
  const id = objectIn(reply)?.["id"];
  if (typeof id !== "string" || id === "") return { kind: "unknown", why: "the answer was good and named no task" };
  return { kind: "accepted", operation: { id }, pollAfterSeconds: pollSeconds };
}

async function readTask(options: ArkOptions, operation: Operation, signal: AbortSignal): Promise<Task> {
  const reply = await question(options, `${PATH}/${String(operation["id"])}`, { signal });
  if (reply.status !== 200) throw new Error(`the look was answered with ${reply.status}`);
  return Task.parse(objectIn(reply));
}

async function look(options: ArkOptions, operation: Operation, { signal, ...ways }: Ways & { signal: AbortSignal }): Promise<Sight> {
  return sightOf(await readTask(options, operation, signal), ways);
}

function sightOf({ status, error, content, usage }: Task, { troubles, pollSeconds }: Ways): Sight {
  switch (status) {
    case "queued":
    case "running":
      return { kind: "running", pollAfterSeconds: pollSeconds };
    case "succeeded":
      if (!content?.video_url) return { kind: "failed", class: "permanent", message: "The provider finished without a result." };
      return { kind: "delivered", result: { from: "url", url: content.video_url }, ...(usage && { units: usage.completion_tokens }) };
    case "cancelled":
      return { kind: "canceled" };
    case "expired":
      return { kind: "failed", class: "transient", message: "The provider did not come to it in time." };
    case "failed":
      return troubles.failure(error ?? {});
  }
}

const PAGES_MAX = 10;

async function reconcile(
  options: BytePlusVideosOptions,
  reference: JobReference & { readonly sentMsAgo: number },
  { signal, ...ways }: Ways & { signal: AbortSignal },
): Promise<Sight | null> {
  const { upstreamId, sentMsAgo } = reference;
  const { listedAfterMs = LISTED_AFTER_MS } = options;
  // A list that tells no tags cannot tell that ours is not in it.
  let isTagged = false;
  // Their clock may be another.
  const oldest = (Date.now() - sentMsAgo) / 1000 - 600;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const reply = await question(options, `${PATH}?page_num=${page}&page_size=${PAGE}&filter.model=${encodeURIComponent(upstreamId)}`, { signal });
    if (reply.status !== 200) throw new Error(`the list was answered with ${reply.status}`);
    const { items } = Page.parse(objectIn(reply));
    const found = items.find(({ safety_identifier }) => safety_identifier === tagOf(reference));
    if (found) return sightOf(found, ways);
    isTagged ||= items.some(({ safety_identifier }) => Boolean(safety_identifier));
    if (items.length < PAGE || items.every(({ created_at }) => created_at < oldest)) {
      const isConclusive = isTagged || (page === 1 && items.length === 0);
      return isConclusive && sentMsAgo > listedAfterMs ? { kind: "failed", class: "transient", message: "The provider never got it." } : null;
    }
  }
  return null;
}
