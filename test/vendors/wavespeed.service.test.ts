import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProviderUnreachable, type Provider } from "@cooly/engine/ports";
import { createWaveSpeedHookReader } from "@cooly/drivers/provider/wavespeed/hook";
import { createWaveSpeed } from "@cooly/drivers/provider/wavespeed/predictions";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { startWaveSpeed, WAVESPEED_SECRET, waveSpeedError, type WaveSpeedStub } from "./wavespeed-stub.ts";

const refusals: readonly Refusal[] = [
  { title: "a field", answer: waveSpeedError(400, "size is not valid", 400), class: "user_input" },
  { title: "a field, within an answer of 200", answer: waveSpeedError(400, "size is not valid"), class: "user_input" },
  { title: "a word", answer: waveSpeedError(400, "The prompt contains sensitive content", 400), class: "moderated_input", code: "content_flagged" },
  { title: "the key", answer: waveSpeedError(401, "invalid authentication", 401), class: "auth" },
  { title: "the key, within an answer of 200", answer: waveSpeedError(401, "invalid authentication"), class: "auth" },
  { title: "an empty account", answer: waveSpeedError(402, "insufficient credits", 402), class: "billing" },
  { title: "a model that is not there", answer: waveSpeedError(404, "model not found", 404), class: "not_available" },
  { title: "too many, within an answer of 200", answer: waveSpeedError(429, "slow down"), class: "rate_limited" },
  { title: "an error of its own, within an answer of 200", answer: waveSpeedError(500, "internal"), class: "unknown" },
  { title: "an answer without a prediction", answer: { body: { code: 200, message: "success", data: {} } }, class: "unknown" },
];

const under: UnderTest = {
  name: "WaveSpeed",
  start: () => startWaveSpeed(pixel),
  provider: (url) => createWaveSpeed({ id: "wavespeed", url: `${url}/api/v3`, key: SECRET_KEY }),
  upstreamId: "bytedance/seedream-v4.5",
  request: { prompt: "a lighthouse", size: "2048*2048" },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
describeAdapter(under);
describeFaultRuns(under);

let stub: WaveSpeedStub;
beforeEach(async () => {
  stub = await startWaveSpeed(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const HOOK_URL = "https://cooly.example/v1/hooks/wavespeed";
const hooked = (): Provider => createWaveSpeed({ id: "wavespeed", url: `${stub.url}/api/v3`, key: SECRET_KEY, hookUrl: HOOK_URL });

const start = (request: object = {}, provider: Provider = under.provider(stub.url)) =>
  provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());

async function end(ending: object) {
  stub.next(ending);
  return verdictOf(under.provider(stub.url), await start());
}

test("the fields are sent as they are, a size with its asterisk, and nothing that lets another model answer", async () => {
  await start({ enable_fallback: true, allow_alternative_models: true });
  expect([stub.submits[0]!.path, stub.submits[0]!.json()]).toEqual([
    `/api/v3/${under.upstreamId}`,
    { enable_sync_mode: false, enable_base64_output: false, ...under.request },
  ]);
});

test("that another model answers is not taken, at once or at the end", async () => {
  stub.say("submit", { body: { code: 200, message: "success", data: { id: "p-1", model: "acme/cheaper", status: "created" } } });
  expect(await start()).toMatchObject({ kind: "failed", class: "permanent", code: "model_substituted" });
  const ending = { status: "completed", model: "acme/cheaper", outputs: ["https://x.example/1"] };
  expect(await end(ending)).toMatchObject({ kind: "failed", class: "permanent", code: "model_substituted" });
});

test("bytes of a file are handed over before; where that fails, nothing was bought", async () => {
  const image = { mime: "image/png", name: "a.png", bytes: pixel };
  await start({ images: [image] });
  expect(stub.submits[0]!.json()["images"]).toEqual([`${stub.url}/files/upload`]);
  expect(stub.calls.find(({ path }) => path.includes("/media/"))!.body.toString("latin1")).toContain('name="file"; filename="a.png"');
  stub.say("other", waveSpeedError(500, "internal"));
  await expect(start({ images: [image] })).rejects.toBeInstanceOf(ProviderUnreachable);
  expect(stub.submits.length).toBe(1);
});

test.each([
  ["paid back", { status: "failed", error: "GPU is on fire" }, { class: "transient", message: "GPU is on fire" }],
  ["flagged", { status: "failed", error: "Content flagged as potentially sensitive" }, { class: "moderated_input", code: "content_flagged" }],
  ["empty", { status: "completed", outputs: [] }, { class: "permanent" }],
])("a failure lies within an answer of 200: %s", async (_title, ending, expected) => {
  expect(await end(ending)).toMatchObject({ kind: "failed", ...expected });
});

test("an answer of 200 that is none says nothing of the task", async () => {
  const provider = under.provider(stub.url);
  const started = await start();
  if (started.kind !== "accepted") throw new Error(started.kind);
  stub.say("look", waveSpeedError(500, "internal"));
  await expect(provider.look!(started.operation, soon())).rejects.toThrow();
});

test("there is no cancel", () => {
  expect(under.provider(stub.url)).not.toHaveProperty("cancel");
});

describe("webhooks", () => {
  const reader = createWaveSpeedHookReader({ key: SECRET_KEY, secret: WAVESPEED_SECRET });
  const done = { id: "p-1", model: under.upstreamId, status: "completed", outputs: ["https://x.example/1"], error: "" };

  async function address(): Promise<URLSearchParams> {
    await start({}, hooked());
    return new URL(stub.submits.at(-1)!.query.get("webhook")!).searchParams;
  }

  test("a genuine one names output and prediction, and brings the verdict", async () => {
    const query = await address();
    expect(await reader.read({ query, ...stub.hook(done) }, new Date())).toEqual({
      eventId: "msg_1",
      outputId: jobOf(under).job.outputId,
      taskId: "p-1",
      operation: { id: "p-1", model: under.upstreamId },
      sight: { kind: "delivered", result: { from: "url", url: "https://x.example/1" } },
    });
  });

  test.each([
    [
      { ...done, status: "failed", error: "out of luck" },
      { kind: "failed", class: "transient" },
    ],
    [
      { ...done, model: "acme/cheaper" },
      { kind: "failed", class: "permanent", code: "model_substituted" },
    ],
    [{ ...done, status: "processing", outputs: [] }, null],
    [{ ...done, outputs: [`data:image/png;base64,${pixel.toString("base64")}`] }, null],
  ])("%j", async (said, sight) => {
    const query = await address();
    const heard = await reader.read({ query, ...stub.hook(said) }, new Date());
    if (sight) expect(heard!.sight).toMatchObject(sight);
    else expect(heard!.sight).toBeNull();
  });

  test("what is forged, old, signed in another way, or at an address that is not ours, is nothing", async () => {
    const [query, now] = [await address(), new Date()];
    const { headers, body } = stub.hook(done);
    const read = (more: object) => reader.read({ query, headers, body, ...more }, now);
    const signedBy = (key: string | Buffer, version: string, encoding: "base64" | "hex") => {
      const signature = createHmac("sha256", key).update(`msg_1.${headers["webhook-timestamp"]}.`).update(body).digest(encoding);
      return { headers: { ...headers, "webhook-signature": `${version},${signature}` } };
    };
    const secret = WAVESPEED_SECRET.slice(6);
    expect(await read(signedBy(secret, "v3", "hex"))).not.toBeNull();
    expect(await read(signedBy(secret, "v1", "hex"))).toBeNull();
    expect(await read(signedBy(secret, "v3", "base64"))).toBeNull();
    // As Standard Webhooks would have it.
    expect(await read(signedBy(Buffer.from(secret, "base64"), "v3", "hex"))).toBeNull();
    expect(await read(signedBy(WAVESPEED_SECRET, "v3", "hex"))).toBeNull();
    expect(await read({ body: Buffer.from(JSON.stringify({ ...done, id: "p-2" })) })).toBeNull();
    expect(await read({ headers: { ...headers, "webhook-id": "msg_2" } })).toBeNull();
    expect(await read({ headers: {} })).toBeNull();
    expect(await read(stub.hook(done, { at: new Date(now.getTime() - 301_000) }))).toBeNull();
    expect(await read(stub.hook(done, { at: new Date(now.getTime() + 301_000) }))).toBeNull();
    expect(await read({ query: new URLSearchParams() })).toBeNull();
    const other = new URLSearchParams(query);
    other.set("about", "acme/cheaper");
    expect(await read({ query: other })).toBeNull();
    expect(await read(stub.hook("<html>"))).toBeNull();
    expect(await read(stub.hook({ hello: 1 }))).toBeNull();
  });
});
