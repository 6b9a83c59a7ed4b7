import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Provider } from "@cooly/engine/ports";
import { createKieHookReader } from "@cooly/drivers/provider/kie/hook";
import { createKieVeo } from "@cooly/drivers/provider/kie/veo";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type Refusal, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { kieError, kieSigned, startKie, type KieStub } from "./kie-stub.ts";

const refusals: readonly Refusal[] = [
  { title: "a field", answer: kieError(422, "aspect_ratio is invalid"), class: "user_input" },
  { title: "a word", answer: kieError(400, "Your prompt was flagged by Website as violating content policies"), class: "moderated_input" },
  { title: "the key", answer: kieError(401, "You do not have access permissions"), class: "auth" },
  { title: "an empty account", answer: kieError(402, "Insufficient credits"), class: "billing" },
  { title: "what is not there", answer: kieError(404, "not found"), class: "not_available" },
  { title: "too many", answer: kieError(429, "too high"), class: "rate_limited" },
  { title: "maintenance", answer: kieError(455, "Service Unavailable - system is undergoing maintenance"), class: "overloaded" },
  { title: "a feature that is turned off", answer: kieError(505, "Feature Disabled"), class: "not_available" },
  { title: "an error of its own", answer: kieError(500, "Server Error"), class: "unknown" },
  { title: "an answer without a task", answer: { body: { code: 200, msg: "success", data: {} } }, class: "unknown" },
];

const under: UnderTest = {
  name: "kie.ai Veo",
  start: () => startKie(pixel),
  provider: (url) => createKieVeo({ id: "kie", url, key: SECRET_KEY }),
  upstreamId: "veo3_fast",
  request: { prompt: "a lighthouse", aspect_ratio: "16:9", generationType: "TEXT_2_VIDEO" },
  serverError: "lost",
  overloaded: "lost",
  refusals,
  result: pixel,
};
describeAdapter(under);
describeFaultRuns(under);

let stub: KieStub;
beforeEach(async () => {
  stub = await startKie(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const HOOK_URL = "https://cooly.example/v1/hooks/kie";

const start = (request: object = {}, provider: Provider = under.provider(stub.url)) =>
  provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());

async function end(ending: object) {
  stub.next(ending);
  return verdictOf(under.provider(stub.url), await start());
}

test("translation is said aloud, and another model is never allowed", async () => {
  await start();
  await start({ enableTranslation: false, enableFallback: true });
  expect(stub.submits.map((call) => call.json())).toEqual([
    { ...under.request, model: "veo3_fast", enableTranslation: true, enableFallback: false },
    { ...under.request, model: "veo3_fast", enableTranslation: false, enableFallback: false },
  ]);
});

test.each([
  ["another model answered", { successFlag: 1, fallbackFlag: true, response: { resultUrls: ["https://x.example/1"] } }, { class: "permanent" }],
  ["nothing in it", { successFlag: 1, response: { resultUrls: [] } }, { class: "permanent" }],
  ["a word", { successFlag: 2, errorCode: 400, errorMessage: "Your prompt was flagged by Website" }, { class: "moderated_input" }],
  ["rejected", { successFlag: 3, errorCode: 422, errorMessage: "Your request was rejected by Flow(x)" }, { class: "moderated_input" }],
  ["broken down, and nobody says whether it is billed", { successFlag: 3, errorCode: 501, errorMessage: "failed" }, { class: "permanent", code: "501" }],
  ["without a word", { successFlag: 2 }, { class: "permanent" }],
])("a task that ends with %s", async (_title, ending, expected) => {
  expect(await end(ending)).toMatchObject({ kind: "failed", ...expected });
});

test.each([401, 404, 422, 429, 455, 500])("a look that is answered with %d within an answer of 200 is no verdict", async (code) => {
  const started = await start();
  if (started.kind !== "accepted") throw new Error(started.kind);
  stub.say("look", kieError(code, "record is null"));
  await expect(under.provider(stub.url).look!(started.operation, soon())).rejects.toThrow();
});

test("there is no cancel", () => {
  expect(under.provider(stub.url)).not.toHaveProperty("cancel");
});

test("a key that it does not know is found out, though the answer is one of 200", async () => {
  const [finding] = await createKieVeo({ id: "kie", url: stub.url, key: "another" }).examine!(soon());
  expect(finding).toMatchObject({ level: "failure", code: "provider.key_refused" });
});

describe("callbacks", () => {
  const said = (taskId = "veo_task_0") =>
    Buffer.from(JSON.stringify({ code: 200, msg: "ok", data: { taskId, info: { resultUrls: ["https://evil.example/"] } } }));

  async function address(): Promise<URLSearchParams> {
    await start({}, createKieVeo({ id: "kie", url: stub.url, key: SECRET_KEY, hookUrl: HOOK_URL }));
    return new URL(String(stub.submits.at(-1)!.json()["callBackUrl"])).searchParams;
  }

  test("what one says is never believed: it is a reason to look, at an address that we gave", async () => {
    const [query, reader] = [await address(), createKieHookReader({ key: SECRET_KEY })];
    const heard = { eventId: "veo_task_0:200", outputId: jobOf(under).job.outputId, taskId: "veo_task_0", operation: { id: "veo_task_0" }, sight: null };
    expect(await reader.read({ headers: {}, query, body: said() }, new Date())).toEqual(heard);
    expect(await reader.read({ headers: {}, query: new URLSearchParams(), body: said() }, new Date())).toBeNull();
    const other = new URLSearchParams(query);
    other.set("output", "01935f5e-0000-7000-8000-000000000002");
    expect(await reader.read({ headers: {}, query: other, body: said() }, new Date())).toBeNull();
    expect(await reader.read({ headers: {}, query, body: Buffer.from("<html>") }, new Date())).toBeNull();
    expect(await reader.read({ headers: {}, query, body: Buffer.from("{}") }, new Date())).toBeNull();
  });

  test("where the account signs ids of tasks, the signature must be there", async () => {
    const [query, reader, now] = [await address(), createKieHookReader({ key: SECRET_KEY, secret: "signed" }), new Date()];
    const read = (headers: Record<string, string>) => reader.read({ headers, query, body: said() }, now);
    expect(await read(kieSigned("signed", "veo_task_0", now))).toMatchObject({ sight: null });
    expect(await read({})).toBeNull();
    expect(await read(kieSigned("another", "veo_task_0", now))).toBeNull();
    expect(await read(kieSigned("signed", "veo_task_1", now))).toBeNull();
    expect(await read(kieSigned("signed", "veo_task_0", new Date(now.getTime() - 301_000)))).toBeNull();
  });
});
