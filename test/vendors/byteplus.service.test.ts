import { afterEach, beforeEach, expect, test } from "vitest";
import { createBytePlusImages } from "@cooly/drivers/provider/byteplus/images";
import { createBytePlusVideos, plainPrompt } from "@cooly/drivers/provider/byteplus/videos";
import { createBytePlusHookReader } from "@cooly/drivers/provider/byteplus/hook";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { arkError, startArk, type ArkStub } from "./byteplus-stub.ts";
import { describeFaultRuns } from "./fault-runs.ts";

const refusals: readonly Refusal[] = [
  {
    title: "a word of its input",
    answer: arkError(400, "InputTextSensitiveContentDetected"),
    class: "moderated_input",
    code: "InputTextSensitiveContentDetected",
  },
  { title: "a person in a picture", answer: arkError(400, "InputImageSensitiveContentDetected.PrivacyInformation"), class: "moderated_input" },
  { title: "what it made", answer: arkError(400, "OutputImageSensitiveContentDetected"), class: "moderated_output" },
  { title: "a parameter", answer: arkError(400, "InvalidParameter.Size"), class: "user_input" },
  { title: "the key", answer: arkError(401, "AuthenticationError"), class: "auth" },
  { title: "an account that owes", answer: arkError(403, "AccountOverdueError"), class: "billing" },
  { title: "a model that is not open", answer: arkError(404, "ModelNotOpen"), class: "not_available" },
  { title: "too many", answer: arkError(429, "ModelAccountRpmRateLimitExceeded"), class: "rate_limited" },
  { title: "no room", answer: arkError(429, "ServerOverloaded"), class: "overloaded" },
  { title: "a quota", answer: arkError(429, "QuotaExceeded"), class: "billing" },
  { title: "an error of its own", answer: arkError(500, "InternalServiceError"), class: "unknown" },
];

const images: UnderTest = {
  name: "BytePlus images",
  start: () => startArk(pixel),
  provider: (url) => createBytePlusImages({ id: "byteplus-images", url: `${url}/api/v3`, key: SECRET_KEY }),
  upstreamId: "seedream-4-5-251128",
  request: { prompt: "a lighthouse", size: "2048x2048" },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
const videos: UnderTest = {
  ...images,
  name: "BytePlus videos",
  provider: (url) => createBytePlusVideos({ id: "byteplus-videos", url: `${url}/api/v3`, key: SECRET_KEY, listedAfterMs: 200 }),
  upstreamId: "seedance-1-5-pro-251215",
  request: { prompt: "a lighthouse", resolution: "720p", ratio: "16:9", duration: 5 },
};

for (const under of [images, videos]) {
  describeAdapter(under);
  describeFaultRuns(under);
}

let stub: ArkStub;
beforeEach(async () => {
  stub = await startArk(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const send = async (under: UnderTest, request: object) => {
  const provider = under.provider(stub.url);
  const started = await provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());
  return { provider, started };
};

test("what marks a picture is said aloud, and `n`, which does not exist there, is not sent", async () => {
  await send(images, { n: 4 });
  const body = stub.submits[0]!.json();
  expect(body).toMatchObject({ watermark: false, stream: false, response_format: "url", model: images.upstreamId });
  expect(body).not.toHaveProperty("n");
});

test.each([
  ["OutputImageSensitiveContentDetected", "moderated_output"],
  ["InternalServiceError", "transient"],
])("a picture that failed lies within an answer that is good: %s", async (code, expected) => {
  stub.next({ error: { code, message: "it failed" } });
  const { started } = await send(images, {});
  expect(started).toMatchObject({ kind: "failed", class: expected, code, message: "it failed" });
});

test("sound and marks of a film are said aloud, and are what the manifest says", async () => {
  await send(videos, {});
  await send(videos, { generate_audio: true, watermark: true });
  expect(stub.submits.map((call) => call.json())).toMatchObject([
    { generate_audio: false, watermark: false },
    { generate_audio: true, watermark: true },
  ]);
});

test.each([
  ["a cat --rs 1080p --dur 12", "a cat rs 1080p dur 12"],
  ["--wm true a cat", "wm true a cat"],
  ["a \u2014\u2014ratio 21:9 cat", "a ratio 21:9 cat"],
  ["well-known, semi--detached - and so on", "well-known, semi--detached - and so on"],
])("no flag is read from a prompt: %s", async (prompt, sent) => {
  expect(plainPrompt(prompt)).toBe(sent);
  await send(videos, { prompt });
  expect(stub.submits[0]!.json()["content"]).toEqual([{ type: "text", text: sent }]);
});

test("pictures of a film have roles, and are addresses or go whole", async () => {
  const file = { mime: "image/png", name: "a.png", bytes: pixel };
  await send(videos, { first_frame: "https://cooly.example/s", last_frame: file });
  await send(videos, { reference_image: ["https://cooly.example/1", "https://cooly.example/2"] });
  const text = { type: "text", text: "a lighthouse" };
  const picture = (role: string, url: string) => ({ type: "image_url", image_url: { url }, role });
  const whole = `data:image/png;base64,${pixel.toString("base64")}`;
  expect(stub.submits.map((call) => call.json()["content"])).toEqual([
    [text, picture("first_frame", "https://cooly.example/s"), picture("last_frame", whole)],
    [text, picture("reference_image", "https://cooly.example/1"), picture("reference_image", "https://cooly.example/2")],
  ]);
  for (const role of ["first_frame", "last_frame", "reference_image"]) for (const call of stub.submits) expect(call.json()).not.toHaveProperty(role);
});

test("pictures to work from go as they are told", async () => {
  await send(images, { image: ["https://cooly.example/1", "data:image/png;base64,AA=="] });
  expect(stub.submits[0]!.json()).toMatchObject({ image: ["https://cooly.example/1", "data:image/png;base64,AA=="], watermark: false });
});

test("what was used is told", async () => {
  const { provider, started } = await send(videos, {});
  expect(await verdictOf(provider, started)).toMatchObject({ kind: "delivered", units: 108_900 });
});

test.each([
  [
    { status: "failed", error: { code: "OutputVideoSensitiveContentDetected.PolicyViolation", message: "no" } },
    { kind: "failed", class: "moderated_output" },
  ],
  [
    { status: "failed", error: { code: "InternalServiceError", message: "no" } },
    { kind: "failed", class: "transient" },
  ],
  [{ status: "cancelled" }, { kind: "canceled" }],
  [{ status: "expired" }, { kind: "failed", class: "transient" }],
  [
    { status: "succeeded", content: {} },
    { kind: "failed", class: "permanent" },
  ],
])("a task that ends as %j", async (end, expected) => {
  stub.next(end);
  const { provider, started } = await send(videos, {});
  expect(await verdictOf(provider, started)).toMatchObject(expected);
});

test("a queued task is canceled; one that is over is left alone, as the same call would delete its result", async () => {
  const { provider, started } = await send(videos, {});
  if (started.kind !== "accepted") throw new Error(started.kind);
  await provider.cancel!(started.operation, soon());
  expect(await provider.look!(started.operation, soon())).toEqual({ kind: "canceled" });
  const second = await send(videos, {});
  await verdictOf(provider, second.started);
  await provider.cancel!((second.started as { operation: object }).operation as never, soon());
  expect(stub.tasks.get("cgt-2")).toMatchObject({ status: "succeeded" });
});

test("a list that tells no tags proves nothing: what was lost is not bought again", async () => {
  const { provider } = await send(videos, {});
  const { job } = jobOf(videos, { outputId: "01935f5e-0000-7000-8000-000000000002" });
  const reference = { outputId: job.outputId, attempt: 1, key: job.key, upstreamId: job.upstreamId, sentMsAgo: 1_000 };
  expect(await provider.reconcile!(reference, soon())).toMatchObject({ kind: "failed", class: "transient" });
  delete stub.tasks.get("cgt-1")!["safety_identifier"];
  expect(await provider.reconcile!(reference, soon())).toBeNull();
});

test("a callback goes to an address that only we can write, names its output even where our answer was lost, and is only a reason to look", async () => {
  const hooks = createBytePlusHookReader({ key: SECRET_KEY });
  const provider = createBytePlusVideos({
    id: "byteplus-videos",
    url: `${stub.url}/api/v3`,
    key: SECRET_KEY,
    hookUrl: "https://cooly.example/v1/hooks/byteplus-videos",
  });
  const { job } = jobOf(videos);
  await provider.start(job, soon());
  const { searchParams: query } = new URL(String(stub.submits[0]!.json()["callback_url"]));
  const body = Buffer.from(JSON.stringify(stub.tasks.get("cgt-1")));
  const read = (asked: URLSearchParams, said: Uint8Array) => hooks.read({ headers: {}, query: asked, body: said }, new Date());
  expect(await read(query, body)).toEqual({
    eventId: `${job.outputId}:cgt-1:queued`,
    outputId: job.outputId,
    taskId: "cgt-1",
    operation: { id: "cgt-1" },
    sight: null,
  });
  const another = new URLSearchParams(query);
  another.set("output", "gen_other_0");
  for (const stranger of [new URLSearchParams(), new URLSearchParams("token=guessed"), another]) expect(await read(stranger, body)).toBeNull();
  for (const garbage of ["", "{", "[]", "null", '{"id":1}']) expect(await read(query, Buffer.from(garbage))).toBeNull();
});
