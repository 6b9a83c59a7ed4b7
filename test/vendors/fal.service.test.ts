import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Provider } from "@cooly/engine/ports";
import { createFalHookReader } from "@cooly/drivers/provider/fal/hook";
import { createFalQueue } from "@cooly/drivers/provider/fal/queue";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { falError, falTrouble, startFal, type FalStub } from "./fal-stub.ts";
import { describeFaultRuns } from "./fault-runs.ts";

const refusals: readonly Refusal[] = [
  { title: "a field", answer: falError(422, "value_error.missing", "field required"), class: "user_input", code: "value_error.missing" },
  { title: "a word of its input", answer: falError(422, "content_policy_violation"), class: "moderated_input" },
  { title: "the key", answer: { status: 401, body: { detail: "Cannot access application" } }, class: "auth" },
  { title: "an empty account", answer: { status: 403, body: { detail: "User is locked. Reason: Exhausted balance. Top up." } }, class: "billing" },
  { title: "an app that is not there", answer: { status: 404, body: { detail: "Application not found" } }, class: "not_available" },
  { title: "too many", answer: { status: 429, body: { detail: "slow" } }, class: "rate_limited" },
  { title: "no runner, said by a gateway", answer: falTrouble(503, "runner_scheduling_failure"), class: "unknown" },
  { title: "an answer without a request", answer: { body: { status: "IN_QUEUE" } }, class: "unknown" },
];

const under: UnderTest = {
  name: "fal",
  start: () => startFal(pixel),
  provider: (url) => createFalQueue({ id: "fal", url, key: SECRET_KEY }),
  upstreamId: "fal-ai/bytedance/seedream/v4.5/text-to-image",
  request: { prompt: "a lighthouse", image_size: { width: 2048, height: 2048 } },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
describeAdapter(under);
describeFaultRuns(under);

let stub: FalStub;
beforeEach(async () => {
  stub = await startFal(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const HOOK_URL = "https://cooly.example/v1/hooks/fal";
const hooked = (): Provider => createFalQueue({ id: "fal", url: stub.url, key: SECRET_KEY, hookUrl: HOOK_URL });

async function begin(provider: Provider = under.provider(stub.url), request: object = {}) {
  const started = await provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());
  if (started.kind !== "accepted") throw new Error(JSON.stringify(started));
  return { provider, started, operation: started.operation };
}

const end = async () => {
  const { provider, started } = await begin();
  return verdictOf(provider, started);
};

test("the queue is told not to try again by itself, and by when a runner must have begun", async () => {
  await begin();
  const { path, headers } = stub.submits[0]!;
  expect(path).toBe(`/${under.upstreamId}`);
  expect(headers).toMatchObject({ authorization: `Key ${SECRET_KEY}`, "x-fal-no-retry": "1", "x-fal-request-start-timeout": "300" });
});

test("the addresses that it names are used, which leave out what comes after owner and app", async () => {
  const { operation } = await begin();
  const base = `${stub.url}/fal-ai/bytedance/requests/${operation["id"]}`;
  expect(operation).toMatchObject({ status: `${base}/status`, response: base, cancel: `${base}/cancel` });
});

test("the key goes to no other origin, whatever addresses are named", async () => {
  stub.elsewhere("http://127.0.0.1:1");
  const { provider, started, operation } = await begin();
  expect(JSON.stringify(operation)).not.toContain("127.0.0.1:1/");
  expect(await verdictOf(provider, started)).toMatchObject({ kind: "delivered" });
});

test("bytes of a file go as a data URI", async () => {
  await begin(undefined, { image_urls: [{ mime: "image/png", name: "a.png", bytes: pixel }] });
  expect(stub.submits[0]!.json()["image_urls"]).toEqual([`data:image/png;base64,${pixel.toString("base64")}`]);
});

describe("COMPLETED that failed", () => {
  test.each([
    ["the status says why", { status: { error: "timed out", error_type: "request_timeout" }, result: falTrouble(504, "request_timeout") }, "transient"],
    ["no runner was found", { status: { error: "none", error_type: "runner_scheduling_failure" }, result: { status: 503, body: "" } }, "overloaded"],
    [
      "the status says why, and the result is not to be had",
      { status: { error: "off", error_type: "runner_disconnected" }, result: { status: 404, body: { detail: "x" } } },
      "transient",
    ],
    ["the result tells of a word", { result: falError(422, "content_policy_violation", "flagged") }, "moderated_input"],
    ["the result tells of a field", { result: falError(422, "value_error", "too long") }, "user_input"],
    ["nothing was made", { result: falError(422, "no_media_generated") }, "moderated_output"],
    ["the model broke down", { result: falError(500, "internal_server_error") }, "transient"],
    ["what the model asks broke down, which may be billed", { result: falError(400, "downstream_service_error") }, "permanent"],
    ["the model took too long", { result: falError(504, "generation_timeout") }, "transient"],
    ["the result is good, and the status says it is not", { status: { error: "odd", error_type: "odd_thing" } }, "permanent"],
    ["there is nothing in the result", { result: { body: { images: [] } } }, "permanent"],
    ["the picture was blacked out", { result: { body: { images: [{ url: "https://x.example/black" }], has_nsfw_concepts: [true] } } }, "moderated_output"],
  ] as const)("%s", async (_title, ending, expected) => {
    stub.next(ending);
    expect(await end()).toMatchObject({ kind: "failed", class: expected });
    expect(stub.submits.length).toBe(1);
  });
});

test.each([
  { status: 504, body: "upstream request timeout" },
  falTrouble(504, "request_timeout"),
  { status: 502, body: "<html>" },
  { status: 404, body: { detail: "not found" } },
  { status: 429, body: { detail: "slow" } },
  { body: "<html>" },
])("a result that cannot be had is asked for again, and never made again: %j", async (answer) => {
  stub.next({ result: answer });
  const { provider, operation } = await begin();
  const look = () => provider.look!(operation, soon());
  await look();
  await look();
  await expect(look()).rejects.toThrow();
  expect(stub.submits.length).toBe(1);
});

test.each([
  [{ images: [{ url: "https://x.example/1" }, { url: "https://x.example/2" }] }, "https://x.example/1"],
  [{ image: { url: "https://x.example/i" } }, "https://x.example/i"],
  [{ video: { url: "https://x.example/v" }, seed: 1 }, "https://x.example/v"],
  [{ audio: { url: "https://x.example/a" } }, "https://x.example/a"],
  [{ audio_file: { url: "https://x.example/f" } }, "https://x.example/f"],
])("what was made is found in %j", async (body, url) => {
  stub.next({ result: { body } });
  expect(await end()).toEqual({ kind: "delivered", result: { from: "url", url } });
});

test("a result within its address is taken from there", async () => {
  stub.next({ result: { body: { images: [{ url: `data:image/png;base64,${pixel.toString("base64")}` }] } } });
  expect(await end()).toEqual({ kind: "delivered", result: { from: "bytes", body: pixel } });
});

test("what was billed is told", async () => {
  stub.next({ result: { headers: { "x-fal-billable-units": "3.5" }, body: { image: { url: "https://x.example/i" } } } });
  expect(await end()).toMatchObject({ kind: "delivered", units: 3.5 });
});

test("what waits is canceled; what is over stays as it is", async () => {
  const { provider, started, operation } = await begin();
  await provider.cancel!(operation, soon());
  expect(await verdictOf(provider, started)).toEqual({ kind: "canceled" });
  const second = await begin();
  await verdictOf(second.provider, second.started);
  await second.provider.cancel!(second.operation, soon());
  expect(await second.provider.look!(second.operation, soon())).toMatchObject({ kind: "delivered" });
});

describe("webhooks", () => {
  const made = { images: [{ url: "https://x.example/1" }] };
  const ok = { request_id: "r-1", gateway_request_id: "r-1", status: "OK", payload: made };
  const reader = () => createFalHookReader({ key: SECRET_KEY, keysUrl: `${stub.url}/.well-known/jwks.json` });

  async function address(): Promise<URLSearchParams> {
    await begin(hooked());
    const given = stub.submits.at(-1)!.query.get("fal_webhook")!;
    expect(given.startsWith(HOOK_URL)).toBe(true);
    return new URL(given).searchParams;
  }

  test("a genuine one names output and request, and brings the verdict", async () => {
    const query = await address();
    expect(await reader().read({ query, ...stub.hook(ok) }, new Date())).toEqual({
      eventId: "r-1:OK",
      outputId: jobOf(under).job.outputId,
      taskId: "r-1",
      operation: { id: "r-1", model: under.upstreamId },
      sight: { kind: "delivered", result: { from: "url", url: "https://x.example/1" } },
    });
  });

  test.each([
    [
      "an error of the model",
      { error: "Invalid status code: 422", payload: { detail: [{ type: "content_policy_violation", msg: "flagged" }] } },
      "moderated_input",
    ],
    ["an error without a word", { error: "Invalid status code: 500", payload: null }, "transient"],
    ["an error that may be billed", { error: "Invalid status code: 418", payload: null }, "permanent"],
  ])("%s", async (_title, more, expected) => {
    const query = await address();
    const heard = await reader().read({ query, ...stub.hook({ ...ok, status: "ERROR", ...more }) }, new Date());
    expect(heard).toMatchObject({ eventId: "r-1:ERROR", sight: { kind: "failed", class: expected } });
  });

  test("a cancel is told by its status", async () => {
    const query = await address();
    const heard = await reader().read({ query, ...stub.hook({ ...ok, status: "ERROR", error: "Invalid status code: 499", payload: null }) }, new Date());
    expect(heard).toMatchObject({ sight: { kind: "canceled" } });
  });

  test("OK without a payload is a reason to look", async () => {
    const query = await address();
    const heard = await reader().read({ query, ...stub.hook({ ...ok, payload: null, payload_error: "not serialisable" }) }, new Date());
    const operation = { id: "r-1", model: under.upstreamId };
    expect(heard).toMatchObject({ taskId: "r-1", operation, sight: null });
  });

  test("a copy has the same id, as a replay has", async () => {
    const [query, one] = [await address(), reader()];
    const [first, second] = [await one.read({ query, ...stub.hook(ok) }, new Date()), await one.read({ query, ...stub.hook(ok) }, new Date())];
    expect(first!.eventId).toBe(second!.eventId);
  });

  test("what is forged, old, signed in another way, or at an address that is not ours, is nothing", async () => {
    const [query, one, now] = [await address(), reader(), new Date()];
    const { headers, body } = stub.hook(ok);
    const read = (more: object) => one.read({ query, headers, body, ...more }, now);
    expect(await read({})).not.toBeNull();
    expect(await read({ body: Buffer.from(JSON.stringify({ ...ok, request_id: "r-2" })) })).toBeNull();
    expect(await read({ headers: {} })).toBeNull();
    expect(await read({ headers: { ...headers, "x-fal-webhook-user-id": "another" } })).toBeNull();
    expect(await read({ headers: { ...headers, "x-fal-webhook-signature": createHmac("sha256", SECRET_KEY).update(body).digest("hex") } })).toBeNull();
    expect(await read({ headers: { ...headers, "x-fal-webhook-signature": "no hex" } })).toBeNull();
    expect(await read(stub.hook(ok, { at: new Date(now.getTime() - 301_000) }))).toBeNull();
    expect(await read(stub.hook(ok, { at: new Date(now.getTime() + 301_000) }))).toBeNull();
    expect(await read({ query: new URLSearchParams() })).toBeNull();
    const other = new URLSearchParams(query);
    other.set("output", "01935f5e-0000-7000-8000-000000000002");
    expect(await read({ query: other })).toBeNull();
    expect(await read(stub.hook("<html>"))).toBeNull();
    expect(await read(stub.hook({ hello: 1 }))).toBeNull();
  });

  test("keys are asked for once a day, and once more for a new one, but not more than once a minute", async () => {
    const [query, one, at] = [await address(), reader(), Date.now()];
    const readAt = (ms: number) => one.read({ query, ...stub.hook(ok, { at: new Date(at + ms) }) }, new Date(at + ms));
    expect(await readAt(0)).not.toBeNull();
    expect(await readAt(3_600_000)).not.toBeNull();
    expect(stub.keysAsked()).toBe(1);
    stub.turnKeys();
    expect(await readAt(3_600_000)).not.toBeNull();
    expect(stub.keysAsked()).toBe(2);
    stub.turnKeys();
    expect(await readAt(3_601_000)).toBeNull();
    expect(stub.keysAsked()).toBe(2);
    expect(await readAt(3_660_000)).not.toBeNull();
    expect(await readAt(3_660_000 + 86_400_000)).not.toBeNull();
    expect(stub.keysAsked()).toBe(4);
  });

  test("where the keys cannot be had, nobody knows: it is not taken for forged, so that it is sent again", async () => {
    const query = await address();
    const one = createFalHookReader({ key: SECRET_KEY, keysUrl: "http://127.0.0.1:1/" });
    await expect(async () => one.read({ query, ...stub.hook(ok) }, new Date())).rejects.toThrow();
    await expect(async () => one.read({ query, ...stub.hook(ok) }, new Date())).rejects.toThrow("a moment ago");
  });
});
