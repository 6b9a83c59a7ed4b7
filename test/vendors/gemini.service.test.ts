import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGeminiHookReader } from "@cooly/drivers/provider/gemini/hook";
import { createGeminiImages } from "@cooly/drivers/provider/gemini/images";
import { createVeo } from "@cooly/drivers/provider/gemini/veo";
import { mapRequest } from "../../packages/engine/src/catalogue/map-request.ts";
import { shippedModels } from "../../packages/engine/src/catalogue/shipped.ts";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { geminiError, startGemini, type GeminiStub } from "./gemini-stub.ts";

const refusals: readonly Refusal[] = [
  { title: "a parameter", answer: geminiError({ status: 400, name: "INVALID_ARGUMENT" }), class: "user_input", code: "INVALID_ARGUMENT" },
  { title: "a wrong key", answer: geminiError({ status: 400, name: "INVALID_ARGUMENT", reason: "API_KEY_INVALID" }), class: "auth" },
  { title: "a key without rights", answer: geminiError({ status: 403, name: "PERMISSION_DENIED" }), class: "auth" },
  { title: "a project without billing", answer: geminiError({ status: 400, name: "FAILED_PRECONDITION" }), class: "billing" },
  { title: "an account that is empty", answer: geminiError({ status: 402, name: "RESOURCE_EXHAUSTED" }), class: "billing" },
  { title: "a model that is gone", answer: geminiError({ status: 404, name: "NOT_FOUND" }), class: "not_available" },
  { title: "no room", answer: geminiError({ status: 503, name: "UNAVAILABLE" }), class: "overloaded" },
  { title: "an error of its own", answer: geminiError({ status: 500, name: "INTERNAL" }), class: "unknown" },
  { title: "too late", answer: geminiError({ status: 504, name: "DEADLINE_EXCEEDED" }), class: "unknown" },
];

const images: UnderTest = {
  name: "Gemini images",
  start: () => startGemini(pixel),
  provider: (url) => createGeminiImages({ id: "gemini-images", url: `${url}/v1beta`, key: SECRET_KEY }),
  upstreamId: "gemini-nano-banana-2.1",
  request: { prompt: "a lighthouse", generationConfig: { imageConfig: { aspectRatio: "16:9", imageSize: "1K" } } },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
const films: UnderTest = {
  ...images,
  name: "Veo",
  provider: (url) => createVeo({ id: "veo", url: `${url}/v1beta`, key: SECRET_KEY }),
  upstreamId: "veo-3.1-generate-preview",
  request: { prompt: "a lighthouse", parameters: { aspectRatio: "16:9", resolution: "720p", durationSeconds: 8 } },
};

for (const under of [images, films]) {
  describeAdapter(under);
  describeFaultRuns(under);
}

let stub: GeminiStub;
beforeEach(async () => {
  stub = await startGemini(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const send = async (under: UnderTest, request: object) => {
  const provider = under.provider(stub.url);
  const started = await provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());
  return { provider, started };
};

test("pictures are asked for as pictures, with a capital K, and those to work from come before the words", async () => {
  const uri = `data:image/png;base64,${pixel.toString("base64")}`;
  const bytes = { mime: "image/webp", name: "a.webp", bytes: new Uint8Array([1, 2]) };
  await send(images, { images: [uri, bytes, pixel.toString("base64")], generationConfig: { imageConfig: { imageSize: "2k" } } });
  const inline = { mimeType: "image/png", data: pixel.toString("base64") };
  expect(stub.submits[0]!.json()).toEqual({
    contents: [
      {
        role: "user",
        parts: [{ inlineData: inline }, { inlineData: { mimeType: "image/webp", data: "AQI=" } }, { inlineData: inline }, { text: "a lighthouse" }],
      },
    ],
    generationConfig: { responseModalities: ["IMAGE"], imageConfig: { imageSize: "2K" } },
  });
  expect(stub.submits[0]!.path).toBe("/v1beta/models/gemini-nano-banana-2.1:generateContent");
});

test("an address is no picture here, and nothing is sent for it", async () => {
  await expect(send(images, { images: ["https://example.org/a.png"] })).rejects.toThrow(TypeError);
  expect(stub.submits).toEqual([]);
});

test.each([
  [
    { promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: "no" } },
    { class: "moderated_input", code: "PROHIBITED_CONTENT", message: "no" },
  ],
  [{ promptFeedback: { blockReason: "OTHER" } }, { class: "moderated_input", code: "OTHER" }],
  ...["IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "PROHIBITED_CONTENT", "SAFETY"].map(
    (finishReason) =>
      [{ candidates: [{ finishReason, finishMessage: "not this" }] }, { class: "moderated_output", code: finishReason, message: "not this" }] as const,
  ),
  [{ candidates: [{ finishReason: "NO_IMAGE" }] }, { class: "permanent", code: "NO_IMAGE" }],
  [
    { candidates: [{ content: { parts: [{ text: "I would rather not." }] }, finishReason: "STOP" }] },
    { class: "permanent", code: "STOP", message: "I would rather not." },
  ],
] as const)("a good answer without a picture: %j", async (end, expected) => {
  stub.next(end);
  expect((await send(images, {})).started).toMatchObject({ kind: "failed", ...expected });
});

test.each([{}, { candidates: [] }, { candidates: [{ content: {} }] }])("a good answer that says nothing leaves it unknown: %j", async (end) => {
  stub.next(end);
  expect((await send(images, {})).started.kind).toBe("unknown");
});

test("what is counted are the tokens of pictures, not of words", async () => {
  expect((await send(images, {})).started).toMatchObject({ kind: "delivered", units: 1120 });
});

test.each([
  ["13.5s", { retryAfterSeconds: 13.5 }],
  ["100000s", { retryAfterSeconds: 3_600 }],
  ["soon", {}],
])("when to come back stands in the details: %s", async (retryDelay, expected) => {
  stub.say("submit", geminiError({ status: 429, name: "RESOURCE_EXHAUSTED", retryDelay }));
  const { started } = await send(images, {});
  expect(started).toMatchObject({ kind: "failed", class: "rate_limited", ...expected });
  if (!("retryAfterSeconds" in expected)) expect(started).not.toHaveProperty("retryAfterSeconds");
});

test("frames and references of a film have names of their own, and there is one sample", async () => {
  const image = pixel.toString("base64");
  await send(films, { image, lastFrame: image, referenceImages: [image], parameters: { resolution: "720p", sampleCount: 4 } });
  const inline = { bytesBase64Encoded: image, mimeType: "image/png" };
  expect(stub.submits[0]!.json()).toEqual({
    instances: [{ prompt: "a lighthouse", image: inline, lastFrame: inline, referenceImages: [{ image: inline, referenceType: "asset" }] }],
    parameters: { resolution: "720p", sampleCount: 1 },
  });
});

test.each([
  [
    { response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ["The sound was filtered."] } } },
    { class: "moderated_output", message: "The sound was filtered." },
  ],
  [{ response: { generateVideoResponse: {} } }, { class: "moderated_output" }],
  [{ response: {} }, { class: "moderated_output" }],
  [{ error: { code: 3, message: "words that are against the rules" } }, { class: "user_input", code: "INVALID_ARGUMENT" }],
  [{ error: { code: 13, message: "internal" } }, { class: "transient", code: "INTERNAL" }],
  [{ error: { code: 14, message: "no room" } }, { class: "overloaded" }],
])("an operation that is done as %j", async (end, expected) => {
  stub.next(end);
  const { provider, started } = await send(films, {});
  expect(await verdictOf(provider, started)).toMatchObject({ kind: "failed", ...expected });
});

test("the key goes to the vendor alone, and a film that lies elsewhere is fetched without it", async () => {
  const other = await startGemini(pixel);
  try {
    stub.moveFilms(other.url);
    const { provider, started } = await send(films, {});
    expect(await verdictOf(provider, started)).toMatchObject({ kind: "delivered" });
    expect([stub.filmKeys, other.filmKeys]).toEqual([[SECRET_KEY], [undefined]]);
    stub.next({ response: { generateVideoResponse: { generatedSamples: [{ video: { uri: `${other.url}/elsewhere/film` } }] } } });
    const second = await send(films, {});
    expect(await verdictOf(provider, second.started)).toMatchObject({ kind: "delivered" });
    expect(other.filmKeys).toEqual([undefined, undefined]);
  } finally {
    await other.close();
  }
});

test("a film that is gone is trouble until the vendor's two days are over", async () => {
  const { provider, started } = await send(films, {});
  if (started.kind !== "accepted") throw new Error(started.kind);
  for (let nth = 0; nth < 2; nth += 1) await provider.look!(started.operation, soon());
  const gone = geminiError({ status: 404, name: "NOT_FOUND" });
  stub.say("fetch", gone);
  await expect(provider.look!(started.operation, soon())).rejects.toThrow("404");
  stub.say("fetch", gone);
  const old = { ...started.operation, at: Date.now() - 49 * 3_600_000 };
  expect(await provider.look!(old, soon())).toMatchObject({ kind: "failed", class: "permanent" });
});

const mapped = (id: string, input: Readonly<Record<string, unknown>>) => {
  const route = shippedModels.find((model) => model.id === id)!.routes[0]!;
  return { upstreamId: route.upstream_id, ...mapRequest(route, input) };
};

test("what the shipped manifests make of parameters is what is sent", async () => {
  const picture = mapped("google/nano-banana-2.1", { prompt: "a lighthouse", aspect_ratio: "21:9" });
  const film = mapped("google/veo-3.1-fast", {
    prompt: "a lighthouse",
    aspect_ratio: "9:16",
    resolution: "1080p",
    duration: 8,
    negative_prompt: "rain",
    seed: 7,
  });
  if (picture.outcome !== "mapped" || film.outcome !== "mapped") throw new Error("refused");
  await images.provider(stub.url).start(jobOf(picture).job, soon());
  await films.provider(stub.url).start(jobOf(film).job, soon());
  expect(stub.submits.map((call) => [call.path, call.json()])).toEqual([
    [
      "/v1beta/models/gemini-nano-banana-2.1:generateContent",
      {
        contents: [{ role: "user", parts: [{ text: "a lighthouse" }] }],
        generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "21:9", imageSize: "1K" } },
      },
    ],
    [
      "/v1beta/models/veo-3.1-fast-generate-preview:predictLongRunning",
      {
        instances: [{ prompt: "a lighthouse" }],
        parameters: { aspectRatio: "9:16", resolution: "1080p", durationSeconds: 8, negativePrompt: "rain", seed: 7, sampleCount: 1 },
      },
    ],
  ]);
});

test("a length that the vendor has at 720p only is refused above it, and not changed", () => {
  expect(mapped("google/veo-3.1", { prompt: "a", resolution: "1080p", duration: 4 })).toMatchObject({ outcome: "unsupported" });
});

const secret = Buffer.from("0123456789abcdef0123456789abcdef");
const said = JSON.stringify({
  type: "video.generated",
  version: "v1",
  data: { id: "models/veo-3.1-generate-preview/operations/op1", output_file_uri: "files/1" },
});

function signed(body: string, { at = Date.now(), key = secret, algorithm = "sha256" }: { at?: number; key?: Buffer; algorithm?: string } = {}) {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac(algorithm, key).update(`msg_1.${timestamp}.${body}`).digest("base64");
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": `v1,AAAA v1,${signature}` };
  return { headers, query: new URLSearchParams(), body: Buffer.from(body) };
}

const hear = (message: ReturnType<typeof signed>) => createGeminiHookReader(`whsec_${secret.toString("base64")}`).read(message, new Date());

test("a webhook is a reason to look at its operation, and every copy is the same", async () => {
  const { started } = await send(films, {});
  if (started.kind !== "accepted") throw new Error(started.kind);
  const heard = { eventId: "msg_1", outputId: null, taskId: started.operation["id"], sight: null };
  expect(await hear(signed(said))).toEqual(heard);
  expect(await hear(signed(said))).toEqual(heard);
});

test.each([
  ["forged", signed(said, { key: Buffer.from("another secret") })],
  ["stale", signed(said, { at: Date.now() - 6 * 60_000 })],
  ["from tomorrow", signed(said, { at: Date.now() + 6 * 60_000 })],
  ["by another algorithm", signed(said, { algorithm: "sha512" })],
  ["changed on its way", { ...signed(said), body: Buffer.from(said.replace("op1", "op2")) }],
  ["without a signature", { ...signed(said), headers: {} }],
  ["garbage", signed("<html>")],
  ["about nothing", signed("{}")],
])("a webhook is nothing: %s", async (_title, message) => {
  expect(await hear(message as ReturnType<typeof signed>)).toBeNull();
});
