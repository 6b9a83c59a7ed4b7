import { afterEach, beforeEach, expect, test } from "vitest";
import { createOpenAiImages } from "@cooly/drivers/provider/openai/images";
import type { Started } from "@cooly/engine/ports";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { openAiError, partsOf, startOpenAi, type OpenAiStub } from "./openai-stub.ts";

const moderated = (stage: string) =>
  openAiError(400, "moderation_blocked", { type: "image_generation_user_error", moderation_details: { moderation_stage: stage, categories: ["violence"] } });

const images: UnderTest = {
  name: "OpenAI images",
  start: () => startOpenAi({ result: pixel }),
  provider: (url) => createOpenAiImages({ id: "openai-images", url: `${url}/v1`, key: SECRET_KEY }),
  upstreamId: "gpt-image-2",
  request: { prompt: "a lighthouse", size: "1024x1024", quality: "medium" },
  serverError: "lost",
  overloaded: "lost",
  refusals: [
    { title: "what was asked for", answer: moderated("input"), class: "moderated_input", code: "moderation_blocked" },
    { title: "what it made", answer: moderated("output"), class: "moderated_output", code: "moderation_blocked.output" },
    { title: "the older word for it", answer: openAiError(400, "content_policy_violation"), class: "moderated_input" },
    { title: "a parameter", answer: openAiError(400, "invalid_value"), class: "user_input" },
    { title: "the key", answer: openAiError(401, "invalid_api_key"), class: "auth" },
    { title: "a country", answer: openAiError(403, "unsupported_country_region_territory"), class: "auth" },
    { title: "a model that is gone", answer: openAiError(404, "model_not_found"), class: "not_available" },
    { title: "a model that this account may not use", answer: openAiError(400, "model_not_found"), class: "not_available" },
    { title: "too many", answer: openAiError(429, "rate_limit_exceeded"), class: "rate_limited" },
    { title: "too many, by another word", answer: openAiError(429, null, { type: "tokens" }), class: "rate_limited" },
    { title: "an empty purse", answer: openAiError(429, "insufficient_quota", { type: "insufficient_quota" }), class: "billing" },
    { title: "a limit of spending", answer: openAiError(400, "billing_hard_limit_reached"), class: "billing" },
    { title: "a conflict", answer: openAiError(409, "conflict"), class: "unknown" },
    { title: "a gateway that waited too long", answer: { status: 504, body: "upstream request timeout" }, class: "unknown" },
    { title: "an answer that is good and empty", answer: { body: { created: 1, data: [] } }, class: "unknown" },
  ],
  result: pixel,
};

describeAdapter(images);
describeFaultRuns(images);

let stub: OpenAiStub;
beforeEach(async () => {
  stub = await startOpenAi({ result: pixel });
});
afterEach(() => stub.close());

const send = (request: object): Promise<Started> =>
  images.provider(stub.url).start(jobOf({ ...images, request: { ...images.request, ...request } }).job, AbortSignal.timeout(5_000));

test("one call makes one picture in one answer, whatever the manifest says", async () => {
  expect(await send({ n: 4, stream: true, partial_images: 3 })).toMatchObject({ kind: "delivered" });
  const body = stub.submits[0]!.json();
  expect(body).toEqual({ ...images.request, n: 1, stream: false, model: "gpt-image-2" });
  expect(stub.submits[0]!.headers["x-client-request-id"]).toBe("01935f5e-0000-7000-8000-000000000001-1");
});

test("who asks too often is told to the millisecond when to come back", async () => {
  stub.fault("rate_limit");
  expect(await send({})).toMatchObject({ kind: "failed", class: "rate_limited", retryAfterSeconds: 0.02 });
});

test("with pictures it is an edit, sent as a form", async () => {
  const file = { mime: "image/png", name: "a.png", bytes: pixel };
  expect(await send({ image: [file, { ...file, name: "b.png" }], svg: { model: "x" } })).toMatchObject({ kind: "delivered" });
  expect(stub.submits[0]!.path).toBe("/v1/images/edits");
  const parts = await partsOf(stub.submits[0]!);
  expect(parts).toMatchObject({ prompt: "a lighthouse", n: "1", stream: "false", "svg[model]": "x" });
  const files = parts["image[]"] as File[];
  expect(files.map(({ name, type, size }) => [name, type, size])).toEqual(["a.png", "b.png"].map((name) => [name, "image/png", pixel.length]));
});

test("pictures that are addresses are sent as such", async () => {
  expect(await send({ image: "https://cooly.example/a.png", mask: "data:image/png;base64,AA==" })).toMatchObject({ kind: "delivered" });
  expect(stub.submits[0]!.json()).toMatchObject({ images: [{ image_url: "https://cooly.example/a.png" }], mask: { image_url: "data:image/png;base64,AA==" } });
});

test("a picture that is an address is taken from there", async () => {
  stub.next({ created: 1, data: [{ url: "https://files.example/1.png" }] });
  expect(await send({})).toEqual({ kind: "delivered", result: { from: "url", url: "https://files.example/1.png" } });
});
