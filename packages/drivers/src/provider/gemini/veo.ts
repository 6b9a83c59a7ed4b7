import type { Operation, Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { open } from "../../http/open.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { createTroubles, type Troubles } from "../trouble.ts";
import { answeredBy, examine, keyHeaders, question, submit, textIn, type GeminiOptions } from "./api.ts";
import { geminiErrors } from "./errors.ts";
import { inlineOf } from "./inline.ts";

const POLL_SECONDS = 10;
/** With webhooks, looks are for those that never come. */
const HOOKED_POLL_SECONDS = 30;
/** The vendor keeps a film for two days. */
const KEPT_MS = 48 * 3_600_000;

export interface VeoOptions extends GeminiOptions {
  /** Whether the project has a webhook for `video.generated` that leads to us. Default: no. */
  readonly hooked?: boolean;
  /** Default: two days. */
  readonly keptMs?: number;
}

/**
 * Veo by `predictLongRunning`: an operation that is looked at until it is done. There is no cancel (what is given up is billed), no list and
 * no key against doubles. Fields of a request: `prompt`, `image`, `lastFrame`, `referenceImages`, `video`, and `parameters`.
 */
export function createVeo(options: VeoOptions): Provider {
  const ways: Ways = {
    troubles: createTroubles(geminiErrors, options.key),
    pollSeconds: options.hooked === true ? HOOKED_POLL_SECONDS : POLL_SECONDS,
  };
  return {
    id: options.id,
    resubmit: "billed",
    start: async (job, signal) => readStart(await submit(options, "predictLongRunning", { body: bodyOf(job.request), job, signal }), ways),
    look: (operation, signal) => look(options, operation, { ...ways, signal }),
    examine: (signal) => examine(options, signal),
  };
}

function bodyOf({ prompt, image, lastFrame, referenceImages = [], video, parameters, ...asked }: Readonly<Record<string, unknown>>): object {
  const references = [referenceImages].flat().map((one) => ({ image: pictureOf(one), referenceType: "asset" }));
  const instance = {
    ...(typeof prompt === "string" && { prompt }),
    ...(image !== undefined && { image: pictureOf(image) }),
    ...(lastFrame !== undefined && { lastFrame: pictureOf(lastFrame) }),
    ...(references.length > 0 && { referenceImages: references }),
    ...(video !== undefined && { video: pictureOf(video) }),
  };
  // Each sample is billed.
  return { ...asked, instances: [instance], parameters: { ...(parameters as object | undefined), sampleCount: 1 } };
}

/** Here it is called by other names than where pictures are made. */
function pictureOf(file: unknown): object {
  const { mimeType, data } = inlineOf(file);
  return { bytesBase64Encoded: data, mimeType };
}

interface Ways {
  readonly troubles: Troubles;
  readonly pollSeconds: number;
}

const NAME = /^models\/[\w.-]+\/operations\/([\w.-]+)$/;

function readStart(reply: Reply, { troubles, pollSeconds }: Ways): Started {
  if (reply.status !== 200) return troubles.refusal(answeredBy(reply));
  const name = textIn(objectIn(reply), "name") ?? "";
  const [, id] = NAME.exec(name) ?? [];
  if (id === undefined) return { kind: "unknown", why: "the answer was good and named no operation" };
  return { kind: "accepted", operation: { id, name, at: Date.now() }, pollAfterSeconds: pollSeconds };
}

const Video = z.object({ uri: z.string().optional() });
const Done = z.object({
  name: z.string(),
  done: z.boolean().optional(),
  error: z.object({ code: z.number(), message: z.string().optional() }).optional(),
  response: z
    .object({
      generateVideoResponse: z
        .object({ generatedSamples: z.array(z.object({ video: Video.optional() })).optional(), raiMediaFilteredReasons: z.array(z.string()).optional() })
        .optional(),
    })
    .optional(),
});

async function look(options: VeoOptions, operation: Operation, { troubles, pollSeconds, signal }: Ways & { signal: AbortSignal }): Promise<Sight> {
  const reply = await question(options, String(operation["name"]), signal);
  if (reply.status !== 200) throw new Error(`the look was answered with ${reply.status}`);
  const { done, error, response } = Done.parse(objectIn(reply));
  if (!done) return { kind: "running", pollAfterSeconds: pollSeconds };
  if (error) return troubles.failure({ code: canonical[error.code] ?? String(error.code), message: error.message ?? null });
  const { generatedSamples = [], raiMediaFilteredReasons = [] } = response?.generateVideoResponse ?? {};
  const [sample] = generatedSamples;
  // Done, no error and no film: it was filtered, and is not billed.
  if (!sample) {
    const why = raiMediaFilteredReasons.join(" ").trim() || "The provider made it and its filter kept it back, without saying why.";
    return { kind: "failed", class: "moderated_output", code: "raiMediaFiltered", message: why.slice(0, MESSAGE_MAX) };
  }
  if (!sample.video?.uri) return { kind: "failed", class: "permanent", message: "The provider finished without a result." };
  return fetchFilm(options, { uri: sample.video.uri, operation, signal });
}

const MESSAGE_MAX = 500;

/** Operations tell a failure by google.rpc's numbers. */
const canonical: Readonly<Record<number, string>> = {
  1: "CANCELLED",
  3: "INVALID_ARGUMENT",
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  7: "PERMISSION_DENIED",
  8: "RESOURCE_EXHAUSTED",
  9: "FAILED_PRECONDITION",
  11: "OUT_OF_RANGE",
  13: "INTERNAL",
  14: "UNAVAILABLE",
  16: "UNAUTHENTICATED",
};

const GONE = new Set([403, 404, 410]);

// A fetch that fails, and a film that breaks off on its way, are trouble of a look: the next one asks for it again.
async function fetchFilm(options: VeoOptions, { uri, operation, signal }: { uri: string; operation: Operation; signal: AbortSignal }): Promise<Sight> {
  const response = await open(uri, { headers: keyHeaders(options), origin: new URL(options.url).origin, signal });
  if (response.statusCode === 200) return { kind: "delivered", result: { from: "bytes", body: response } };
  response.destroy();
  const { keptMs = KEPT_MS } = options;
  const isOver = typeof operation["at"] === "number" && Date.now() - operation["at"] > keptMs;
  if (GONE.has(response.statusCode!) && isOver) return { kind: "failed", class: "permanent", message: "The provider has no longer kept the result." };
  throw new Error(`the film was answered with ${response.statusCode}`);
}
