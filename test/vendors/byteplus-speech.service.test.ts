import { afterEach, beforeEach, expect, test } from "vitest";
import { createBytePlusSpeech } from "@cooly/drivers/provider/byteplus/speech";
import type { Started } from "@cooly/engine/ports";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, type UnderTest } from "./adapter-contract.ts";
import { linesOf, speechError, startSpeech } from "./byteplus-speech-stub.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import type { Stub } from "./stub.ts";

const speech: UnderTest = {
  name: "BytePlus speech",
  start: () => startSpeech(pixel),
  provider: (url) => createBytePlusSpeech({ id: "byteplus-speech", url, key: SECRET_KEY, appKey: "the application" }),
  upstreamId: "seed-tts-2.0",
  request: { text: "Good morning.", speaker: "en_female_anna_mars_bigtts", audio_params: { format: "mp3", sample_rate: 24_000 } },
  serverError: "lost",
  overloaded: "lost",
  refusals: [
    { title: "a parameter", answer: speechError(400, 45000000), class: "user_input", code: "45000000" },
    {
      title: "too long a text",
      answer: { body: linesOf({ code: 40402003, message: "TTSExceededTextLimit:exceed max limit" }) },
      class: "user_input",
      code: "40402003",
    },
    { title: "the key", answer: { status: 401, body: { header: { code: 45000010, message: "grant not found" } } }, class: "auth", code: "45000010" },
    {
      title: "an error within an answer that is good",
      answer: { body: linesOf({ code: 55000000, message: "server error" }) },
      class: "transient",
      code: "55000000",
    },
    {
      title: "an error after it began to speak",
      answer: { body: linesOf({ code: 0, message: "", data: "AAAA" }, { code: 55000000, message: "server error" }) },
      class: "unknown",
    },
    { title: "a stream without its end", answer: { body: linesOf({ code: 0, message: "", data: "AAAA" }) }, class: "unknown" },
    { title: "an end without a recording", answer: { body: linesOf({ code: 20_000_000, message: "ok", data: null }) }, class: "permanent" },
  ],
  result: pixel,
};

describeAdapter(speech);
describeFaultRuns(speech);

let stub: Stub;
beforeEach(async () => {
  stub = await startSpeech(pixel);
});
afterEach(() => stub.close());

const send = (request: object): Promise<Started> =>
  speech.provider(stub.url).start(jobOf({ ...speech, request: { ...speech.request, ...request } }).job, AbortSignal.timeout(5_000));

test("the model is the resource, and what is added is JSON within JSON", async () => {
  await send({ additions: { explicit_language: "en" } });
  const { headers, path } = stub.submits[0]!;
  expect(path).toBe("/api/v3/tts/unidirectional");
  expect(headers).toMatchObject({
    "x-api-resource-id": "seed-tts-2.0",
    "x-api-app-key": "the application",
    "x-api-request-id": "01935f5e-0000-7000-8000-000000000001",
  });
  expect(stub.submits[0]!.json()["req_params"]).toEqual({ ...speech.request, additions: '{"explicit_language":"en"}' });
});

test("a key that nobody knows is told from one that is known", async () => {
  const [found] = await createBytePlusSpeech({ id: "byteplus-speech", url: stub.url, key: "another", appKey: "the application" }).examine!(
    AbortSignal.timeout(5_000),
  );
  expect(found).toMatchObject({ code: "provider.key_refused", level: "failure" });
});
