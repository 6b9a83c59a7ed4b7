import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProviderUnreachable, type Provider } from "@cooly/engine/ports";
import { createReplicateHookReader } from "@cooly/drivers/provider/replicate/hook";
import { createReplicate } from "@cooly/drivers/provider/replicate/predictions";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { REPLICATE_SECRET, replicateError, startReplicate, type ReplicateStub } from "./replicate-stub.ts";

const refusals: readonly Refusal[] = [
  { title: "an input", answer: replicateError(422, "Input validation failed", "- input.prompt is required"), class: "user_input" },
  { title: "a version that is not ours", answer: replicateError(422, "Invalid version or not permitted"), class: "not_available" },
  { title: "the key", answer: replicateError(401, "Unauthenticated"), class: "auth" },
  { title: "an empty account", answer: replicateError(402, "Insufficient credit"), class: "billing" },
  { title: "a model that is not there", answer: replicateError(404, "Not found"), class: "not_available" },
  { title: "too many", answer: replicateError(429, "Too many requests"), class: "rate_limited" },
  { title: "an error of its own", answer: replicateError(500, "Internal server error"), class: "unknown" },
  { title: "an answer without a prediction", answer: { status: 201, body: { status: "starting" } }, class: "unknown" },
];

const VERSION = "d9a13cff7934c8f46ed5ed8c43c689e6fa71441b2badb3ce469f3fdceb03d973";

const under: UnderTest = {
  name: "Replicate",
  start: () => startReplicate(pixel),
  provider: (url) => createReplicate({ id: "replicate", url: `${url}/v1`, key: SECRET_KEY }),
  upstreamId: "black-forest-labs/flux-2-pro",
  request: { prompt: "a lighthouse", aspect_ratio: "1:1" },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
describeAdapter(under);
describeFaultRuns(under);

let stub: ReplicateStub;
beforeEach(async () => {
  stub = await startReplicate(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const HOOK_URL = "https://cooly.example/v1/hooks/replicate";
const hooked = (): Provider => createReplicate({ id: "replicate", url: `${stub.url}/v1`, key: SECRET_KEY, hookUrl: HOOK_URL });

async function begin(more: { provider?: Provider; request?: object; upstreamId?: string } = {}) {
  const { provider = under.provider(stub.url), request = {}, upstreamId = under.upstreamId } = more;
  const started = await provider.start(jobOf({ upstreamId, request: { ...under.request, ...request } }).job, soon());
  if (started.kind !== "accepted") throw new Error(JSON.stringify(started));
  return { provider, started, operation: started.operation };
}

const end = async (ending: object, upstreamId = under.upstreamId) => {
  stub.next(ending);
  const { provider, started } = await begin({ upstreamId });
  return verdictOf(provider, started);
};

test("an official model is asked by its name, any other by a version", async () => {
  await begin();
  await begin({ upstreamId: `acme/painter:${VERSION}` });
  const [official, version] = stub.submits;
  expect([official!.path, official!.json()]).toEqual(["/v1/models/black-forest-labs/flux-2-pro/predictions", { input: under.request }]);
  expect([version!.path, version!.json()]).toEqual(["/v1/predictions", { version: VERSION, input: under.request }]);
});

test("one file in a field of its own goes as one", async () => {
  await begin({ request: { image_prompt: { mime: "image/png", name: "file.png", bytes: pixel } } });
  expect(stub.submits[0]!.json()["input"]).toMatchObject({ image_prompt: `data:image/png;base64,${pixel.toString("base64")}` });
});

test("it is told when to end what nobody waits for any more", async () => {
  await begin();
  expect(stub.submits[0]!.headers["cancel-after"]).toBe("3600s");
});

test("a small file goes within the request, a large one before it", async () => {
  const [small, large] = [pixel, Buffer.alloc(300 * 1024)].map((bytes) => ({ mime: "image/png", name: "a.png", bytes }));
  await begin({ request: { input_images: [small, large] } });
  expect((stub.submits[0]!.json()["input"] as { input_images: string[] }).input_images).toEqual([
    `data:image/png;base64,${pixel.toString("base64")}`,
    `${stub.url}/v1/files/f-1`,
  ]);
  const upload = stub.calls.find(({ path }) => path === "/v1/files")!;
  expect(upload.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/u);
  expect(upload.body.toString("latin1")).toContain('name="content"; filename="a.png"');
});

test("where a file cannot be handed over, nothing was bought", async () => {
  stub.say("other", { status: 500, body: "" });
  const request = { input_image: { mime: "image/png", name: "a.png", bytes: Buffer.alloc(300 * 1024) } };
  await expect(under.provider(stub.url).start(jobOf({ ...under, request }).job, soon())).rejects.toBeInstanceOf(ProviderUnreachable);
  expect(stub.submits).toEqual([]);
});

test("a sentence says when to come back", async () => {
  stub.say("submit", replicateError(429, "Too many requests", "Request was throttled. Your rate limit resets in ~30s."));
  expect(await under.provider(stub.url).start(jobOf(under).job, soon())).toMatchObject({ class: "rate_limited", retryAfterSeconds: 30 });
});

test.each([
  ["https://x.example/1.png", "https://x.example/1.png"],
  [["https://x.example/1.png", "https://x.example/2.png"], "https://x.example/1.png"],
  [{ caption: "a cat", video: "https://x.example/v.mp4" }, "https://x.example/v.mp4"],
])("what was made is found in %j", async (output, url) => {
  expect(await end({ status: "succeeded", output })).toEqual({ kind: "delivered", result: { from: "url", url } });
});

test("seconds of a machine are told where a version was asked for", async () => {
  const ending = { status: "succeeded", output: "https://x.example/1", metrics: { predict_time: 3.25 } };
  expect(await end(ending, `acme/painter:${VERSION}`)).toMatchObject({ units: 3.25 });
  expect(await end(ending)).not.toHaveProperty("units");
});

const [early, late] = ["2026-11-28T10:00:00Z", "2026-11-28T11:00:00Z"];
test.each([
  [
    "flagged",
    { status: "failed", error: "The input or output was flagged as sensitive. Please try again. (E005)" },
    { class: "moderated_input", code: "E005" },
  ],
  ["unsafe", { status: "failed", error: "NSFW content detected. Try a different prompt." }, { class: "moderated_input" }],
  ["overloaded", { status: "failed", error: "Service is currently unavailable due to high demand (E003)" }, { class: "overloaded" }],
  ["never begun", { status: "failed", error: "Prediction failed to start in time (E6716)" }, { class: "transient" }],
  ["broken down on a machine that is billed", { status: "failed", error: "CUDA error" }, { class: "permanent", message: "CUDA error" }],
  ["made and deleted", { status: "succeeded", output: null, data_removed: true }, { class: "permanent" }],
  ["aborted at its deadline", { status: "aborted", started_at: null, deadline: early, completed_at: late }, { class: "overloaded" }],
  ["canceled at its deadline", { status: "canceled", deadline: early, completed_at: late }, { class: "permanent" }],
])("a prediction that was %s", async (_title, ending, expected) => {
  expect(await end(ending)).toMatchObject({ kind: "failed", ...expected });
});

test("what is stopped on our word is canceled; what is over stays as it is", async () => {
  const { provider, operation } = await begin();
  await provider.cancel!(operation, soon());
  expect(await provider.look!(operation, soon())).toEqual({ kind: "canceled" });
  const second = await begin();
  await verdictOf(second.provider, second.started);
  await second.provider.cancel!(second.operation, soon());
  expect(await second.provider.look!(second.operation, soon())).toMatchObject({ kind: "delivered" });
});

describe("webhooks", () => {
  const reader = createReplicateHookReader({ key: SECRET_KEY, secret: REPLICATE_SECRET });
  const done = { id: "p-1", status: "succeeded", version: "hidden", output: ["https://x.example/1"], error: null, metrics: {} };

  async function address(): Promise<URLSearchParams> {
    await begin({ provider: hooked() });
    const { webhook, webhook_events_filter: filter } = stub.submits.at(-1)!.json();
    expect(filter).toEqual(["completed"]);
    return new URL(String(webhook)).searchParams;
  }

  test("a genuine one names output and prediction, and brings the verdict", async () => {
    const query = await address();
    expect(await reader.read({ query, ...stub.hook(done) }, new Date())).toEqual({
      eventId: "msg_1",
      outputId: jobOf(under).job.outputId,
      taskId: "p-1",
      operation: { id: "p-1" },
      sight: { kind: "delivered", result: { from: "url", url: "https://x.example/1" } },
    });
  });

  test.each([
    { ...done, status: "processing", output: null },
    { ...done, output: `data:image/png;base64,${pixel.toString("base64")}` },
  ])("what runs, and what is bytes, is a reason to look", async (said) => {
    const query = await address();
    expect(await reader.read({ query, ...stub.hook(said) }, new Date())).toMatchObject({ taskId: "p-1", sight: null });
  });

  test("what is forged, old, signed in another way, or at an address that is not ours, is nothing", async () => {
    const [query, now] = [await address(), new Date()];
    const { headers, body } = stub.hook(done);
    const read = (more: object) => reader.read({ query, headers, body, ...more }, now);
    const signedBy = (key: string | Buffer, version: string, encoding: "base64" | "hex") => {
      const signature = createHmac("sha256", key).update(`msg_1.${headers["webhook-timestamp"]}.`).update(body).digest(encoding);
      return { headers: { ...headers, "webhook-signature": `${version},${signature}` } };
    };
    const key = Buffer.from(REPLICATE_SECRET.slice(6), "base64");
    expect(await read(signedBy(key, "v1", "base64"))).not.toBeNull();
    expect(await read(signedBy(key, "v2", "base64"))).toBeNull();
    expect(await read(signedBy(key, "v1", "hex"))).toBeNull();
    expect(await read(signedBy(REPLICATE_SECRET.slice(6), "v1", "base64"))).toBeNull();
    expect(await read({ body: Buffer.from(JSON.stringify({ ...done, id: "p-2" })) })).toBeNull();
    expect(await read({ headers: { ...headers, "webhook-id": "msg_2" } })).toBeNull();
    expect(await read({ headers: {} })).toBeNull();
    expect(await read(stub.hook(done, { at: new Date(now.getTime() - 301_000) }))).toBeNull();
    expect(await read(stub.hook(done, { at: new Date(now.getTime() + 301_000) }))).toBeNull();
    expect(await read({ query: new URLSearchParams() })).toBeNull();
    expect(await read(stub.hook("<html>"))).toBeNull();
    expect(await read(stub.hook({ hello: 1 }))).toBeNull();
  });
});
