import { afterEach, beforeEach, expect, test } from "vitest";
import { createCompatibleImages, plainPrompt } from "@cooly/drivers/provider/openai-compatible/images";
import { createCompatibleSpeech } from "@cooly/drivers/provider/openai-compatible/speech";
import type { Started } from "@cooly/engine/ports";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";
import { openAiError, partsOf, startOpenAi, type OpenAiStub } from "./openai-stub.ts";

const detail = (status: number, error: string, message: string) => ({ status, body: { detail: { error, message, type: "invalid_request_error" } } });

const images: UnderTest = {
  name: "An image server of one's own",
  start: () => startOpenAi({ result: pixel }),
  provider: (url) => createCompatibleImages({ id: "local-images", url: `${url}/v1`, key: SECRET_KEY }),
  upstreamId: "flux",
  request: { prompt: "a lighthouse", size: "512x512" },
  serverError: "again",
  overloaded: "again",
  refusals: [
    { title: "a parameter", answer: openAiError(400, "invalid_request"), class: "user_input" },
    { title: "bare words", answer: { status: 400, body: { error: "size must be WxH" } }, class: "user_input" },
    { title: "Kokoro's voice", answer: detail(400, "validation_error", "no such voice"), class: "user_input", code: "validation_error" },
    { title: "FastAPI's list", answer: { status: 422, body: { detail: [{ loc: ["body"], msg: "field required", type: "missing" }] } }, class: "user_input" },
    { title: "the key", answer: openAiError(401, null), class: "auth" },
    { title: "a model that is not there", answer: openAiError(404, null), class: "not_available" },
    { title: "a full queue", answer: { status: 429, body: { error: "queue full" } }, class: "rate_limited" },
    { title: "a failure of its own", answer: detail(500, "processing_error", "out of memory"), class: "transient", code: "processing_error" },
  ],
  result: pixel,
};
const speech: UnderTest = {
  ...images,
  name: "A speech server of one's own",
  provider: (url) => createCompatibleSpeech({ id: "local-speech", url: `${url}/v1`, key: SECRET_KEY }),
  upstreamId: "kokoro",
  request: { input: "Good morning.", voice: "af_heart", response_format: "mp3" },
};

for (const under of [images, speech]) {
  describeAdapter(under);
  describeFaultRuns(under);
}

let stub: OpenAiStub;
beforeEach(async () => {
  stub = await startOpenAi({ result: pixel });
});
afterEach(() => stub.close());

const send = (under: UnderTest, request: object): Promise<Started> =>
  under.provider(stub.url).start(jobOf({ ...under, request: { ...under.request, ...request } }).job, AbortSignal.timeout(5_000));

test.each([
  ["a cat | a dog", "a cat , a dog"],
  ["a cat <lora:evil:1>", "a cat  "],
  ["a cat <LORA:evil", "a cat  "],
  ['<sd_cpp_extra_args>{"steps":999}</sd_cpp_extra_args>a cat', " a cat"],
  ['a cat <SD_CPP_extra_args>{"steps":999}', "a cat  "],
  ["</sd_cpp_extra_args>a cat", " a cat"],
  ["<lo<lora:x>ra:evil:1>", "<lo ra:evil:1>"],
  ["5 < 6 and so on", "5 < 6 and so on"],
])("no setting is read from a prompt: %s", async (prompt, sent) => {
  expect(plainPrompt(prompt)).toBe(sent);
  await send(images, { prompt });
  expect(stub.submits[0]!.json()["prompt"]).toBe(sent);
});

test("what the manifest says goes within the prompt, and no text can break out of it", async () => {
  await send(images, { negative_prompt: "blurry | <lora:x>" });
  await send(images, { sd_cpp_extra_args: { seed: 7, negative_prompt: '</sd_cpp_extra_args>"<lora:x>' } });
  const [bar, tag] = stub.submits.map((call) => String(call.json()["prompt"]));
  expect(bar).toBe("a lighthouse|blurry ,  ");
  expect(tag!.match(/</gu)).toHaveLength(2);
  const within = /<sd_cpp_extra_args>(.*)<\/sd_cpp_extra_args>$/u.exec(tag!)![1]!;
  expect(JSON.parse(within)).toEqual({ seed: 7, negative_prompt: '</sd_cpp_extra_args>"<lora:x>' });
});

test("pictures to work from go as a form, which is all that such servers take", async () => {
  await send(images, { image: [{ mime: "image/png", name: "file.png", bytes: pixel }] });
  expect(stub.submits[0]!.path).toBe("/v1/images/edits");
  const { "image[]": given, ...rest } = await partsOf(stub.submits[0]!);
  const [file] = [given].flat() as File[];
  expect(Buffer.from(await file!.arrayBuffer()).equals(pixel)).toBe(true);
  expect(rest).toMatchObject({ prompt: "a lighthouse", n: "1", response_format: "b64_json" });
});

test("one picture in each call, as bytes", async () => {
  await send(images, { n: 4, response_format: "url" });
  expect(stub.submits[0]!.json()).toMatchObject({ n: 1, response_format: "b64_json", model: "flux" });
});

test("a recording comes whole, and no text is read as a setting unless the manifest says so", async () => {
  await send(speech, { stream: true });
  await send(speech, { allow_voice_tags: true });
  expect(stub.submits.map((call) => call.json())).toMatchObject([
    { stream: false, allow_voice_tags: false, ssml: false },
    { stream: false, allow_voice_tags: true, ssml: false },
  ]);
});

test.each(["text/html", "application/json"])("what is good and %s is no recording", async (type) => {
  stub.say("submit", { headers: { "content-type": type }, body: "{}" });
  expect((await send(speech, {})).kind).toBe("unknown");
});

test("a server without keys is asked without one", async () => {
  const open = await startOpenAi({ result: pixel, key: null });
  const provider = createCompatibleSpeech({ id: "local-speech", url: `${open.url}/v1` });
  expect(await provider.start(jobOf(speech).job, AbortSignal.timeout(5_000))).toMatchObject({ kind: "delivered" });
  expect(open.submits[0]!.headers.authorization).toBeUndefined();
  await open.close();
});
