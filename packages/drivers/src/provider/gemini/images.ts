import { classByRules } from "@cooly/contract";
import type { Provider, Started } from "@cooly/engine/ports";
import { objectIn, type Reply } from "../../http/reply.ts";
import { createTroubles, type Troubles } from "../trouble.ts";
import { answeredBy, examine, listIn, memberOf, submit, textIn, type GeminiOptions } from "./api.ts";
import { blockReasons, finishReasons, geminiErrors } from "./errors.ts";
import { inlineOf } from "./inline.ts";

type Asked = Readonly<Record<string, unknown>>;

/**
 * Pictures by `generateContent`: one call, one picture, answered when it is made. There is no task, no list, no key against doubles and no
 * `n`, so a lost answer stays unknown, and each output is a call of its own. Fields of a request: `prompt`, `images`, and what the vendor
 * has beside `contents`.
 */
export function createGeminiImages(options: GeminiOptions): Provider {
  const ways: Ways = {
    answers: createTroubles(geminiErrors, options.key),
    blocks: createTroubles(blockReasons, options.key),
    finishes: createTroubles(finishReasons, options.key),
  };
  return {
    id: options.id,
    resubmit: "billed",
    start: async (job, signal) => readAnswer(await submit(options, "generateContent", { body: bodyOf(job.request), job, signal }), ways),
    examine: (signal) => examine(options, signal),
  };
}

function bodyOf({ prompt, images = [], generationConfig, ...asked }: Asked): object {
  const { imageConfig, ...config } = (generationConfig ?? {}) as { imageConfig?: Record<string, unknown> } & Record<string, unknown>;
  const pictures = [images].flat().map((image) => ({ inlineData: inlineOf(image) }));
  return {
    ...asked,
    contents: [{ role: "user", parts: [...pictures, ...(typeof prompt === "string" ? [{ text: prompt }] : [])] }],
    // Without it the answer may be words.
    generationConfig: { responseModalities: ["IMAGE"], ...config, ...(imageConfig && { imageConfig: withCapitalK(imageConfig) }) },
  };
}

/** "2k" is refused. */
function withCapitalK(imageConfig: Record<string, unknown>): object {
  const { imageSize } = imageConfig;
  return { ...imageConfig, ...(typeof imageSize === "string" && { imageSize: imageSize.toUpperCase() }) };
}

interface Ways {
  readonly answers: Troubles;
  readonly blocks: Troubles;
  readonly finishes: Troubles;
}

function readAnswer(reply: Reply, { answers, blocks, finishes }: Ways): Started {
  if (reply.status !== 200) return answers.refusal(answeredBy(reply));
  const said = objectIn(reply);
  const feedback = memberOf(said, "promptFeedback");
  const block = textIn(feedback, "blockReason");
  if (block !== null) return blocks.failure({ code: block, message: textIn(feedback, "blockReasonMessage") });
  const candidate = listIn(said, "candidates")[0];
  const parts = listIn(memberOf(candidate, "content"), "parts").filter(({ thought }) => thought !== true);
  const data = parts.map((part) => textIn(memberOf(part, "inlineData"), "data")).find((one) => one !== null && one !== "");
  if (data) {
    const units = pictureTokens(said);
    return { kind: "delivered", result: { from: "bytes", body: Buffer.from(data, "base64") }, ...(units !== null && { units }) };
  }
  // The answer is good and holds no picture: why, it says in one word, and sometimes in the words of the model.
  const finish = textIn(candidate, "finishReason");
  if (finish === null) return { kind: "unknown", why: "the answer was good and held neither a picture nor a reason" };
  const words = parts.map((part) => textIn(part, "text") ?? "").join(" ");
  const failure = finishes.failure({ code: finish, message: textIn(candidate, "finishMessage") ?? words });
  // Thoughts and words are billed even where no picture came of them: what no rule knows is not bought again.
  return classByRules(finishReasons, { code: finish }) === null ? { ...failure, class: "permanent" } : failure;
}

/** What its price counts: tokens of pictures that came out. */
function pictureTokens(said: unknown): number | null {
  const usage = memberOf(said, "usageMetadata");
  const counts = listIn(usage, "candidatesTokensDetails").filter(({ modality }) => modality === "IMAGE");
  const tokens = counts.map(({ tokenCount }) => tokenCount).filter((count) => typeof count === "number");
  return tokens.length === 0 ? null : tokens.reduce((sum, count) => sum + count, 0);
}
