import { afterEach, beforeEach, expect, test } from "vitest";
import { createComfyUi } from "@cooly/drivers/provider/comfyui";
import { ProviderUnreachable } from "@cooly/engine/ports";
import { mapRequest } from "../../packages/engine/src/catalogue/map-request.ts";
import { shippedModels } from "../../packages/engine/src/catalogue/shipped.ts";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { describeAdapter, jobOf, SECRET_KEY, verdictOf, type UnderTest } from "./adapter-contract.ts";
import { comfyError, failedAs, startComfy, type ComfyStub } from "./comfyui-stub.ts";
import { describeFaultRuns } from "./fault-runs.ts";

const graph = {
  n4: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "sd_xl_base_1.0.safetensors" } },
  n6: { class_type: "CLIPTextEncode", inputs: { text: "", clip: ["n4", 1] } },
  "10": { class_type: "LoadImage", inputs: { image: "example.png" } },
  n9: { class_type: "SaveImage", inputs: { images: ["n4", 0], filename_prefix: "cooly" } },
};

const under: UnderTest = {
  name: "ComfyUI",
  start: () => startComfy(pixel),
  provider: (url) => createComfyUi({ id: "comfyui", url: `${url}/api`, key: SECRET_KEY }),
  upstreamId: "sdxl",
  request: { graph, inputs: { n6: { text: "a lighthouse" } } },
  serverError: "lost",
  overloaded: "lost",
  refusals: [
    {
      title: "a number",
      answer: comfyError("prompt_outputs_failed_validation", ["value_bigger_than_max"]),
      class: "user_input",
      code: "value_bigger_than_max",
    },
    { title: "a checkpoint that is not there", answer: comfyError("prompt_outputs_failed_validation", ["value_not_in_list"]), class: "not_available" },
    { title: "a node that is not installed", answer: comfyError("missing_node_type"), class: "not_available", code: "missing_node_type" },
    { title: "a graph without an end", answer: comfyError("prompt_no_outputs"), class: "not_available" },
    { title: "a key of the gateway", answer: { status: 401, body: "Unauthorized" }, class: "auth" },
    { title: "a gateway that waited too long", answer: { status: 504, body: "<html>" }, class: "unknown" },
  ],
  result: pixel,
};

describeAdapter(under);
describeFaultRuns(under);

let stub: ComfyStub;
beforeEach(async () => {
  stub = await startComfy(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const send = async (request: object = {}, provider = under.provider(stub.url)) => {
  const started = await provider.start(jobOf({ ...under, request: { ...under.request, ...request } }).job, soon());
  return { provider, started };
};
const accepted = async (request: object = {}) => {
  const { provider, started } = await send(request);
  if (started.kind !== "accepted") throw new Error(started.kind);
  return { provider, operation: started.operation };
};

test("what was asked for takes its place in the manifest's graph, which stays as it was", async () => {
  const before = structuredClone(graph);
  await send();
  expect(stub.prompts[0]!.prompt).toEqual({ ...graph, n6: { class_type: "CLIPTextEncode", inputs: { text: "a lighthouse", clip: ["n4", 1] } } });
  expect(graph).toEqual(before);
});

test("the shipped example is a graph that says what was asked for, each time anew", async () => {
  const model = shippedModels.find(({ id }) => id === "local/comfyui-sdxl")!;
  const before = structuredClone(model);
  for (const seed of [7, 8]) {
    const mapped = mapRequest(model.routes[0]!, { prompt: "a lighthouse", negative_prompt: "rain", size: "1344x768", steps: 30, guidance: 5.5, seed });
    if (mapped.outcome !== "mapped") throw new Error(mapped.outcome);
    await under.provider(stub.url).start(jobOf({ ...under, request: mapped.request }).job, soon());
  }
  expect(stub.prompts.map(({ prompt }) => prompt)).toMatchObject(
    [7, 8].map((seed) => ({
      n3: { inputs: { seed, steps: 30, cfg: 5.5, model: ["n4", 0] } },
      n5: { inputs: { width: 1344, height: 768, batch_size: 1 } },
      n6: { inputs: { text: "a lighthouse", clip: ["n4", 1] } },
      n7: { inputs: { text: "rain" } },
    })),
  );
  expect(model).toEqual(before);
});

test("the shipped example that begins with a picture uploads it, and its graph begins there", async () => {
  const model = shippedModels.find(({ id }) => id === "local/comfyui-sdxl-edit")!;
  const image = { mime: "image/png", name: "file.png", bytes: pixel };
  const mapped = mapRequest(model.routes[0]!, {
    prompt: "a lighthouse",
    negative_prompt: "",
    size: "1344x768",
    steps: 30,
    guidance: 5.5,
    seed: 7,
    strength: 0.4,
  });
  if (mapped.outcome !== "mapped") throw new Error(mapped.outcome);
  const request = { ...mapped.request, files: { n10: { image } } };
  await under.provider(stub.url).start(jobOf({ ...under, request }).job, soon());
  const { prompt } = stub.prompts[0]!;
  expect(prompt).toMatchObject({
    n3: { inputs: { denoise: 0.4, seed: 7, latent_image: ["n12", 0] } },
    n10: { class_type: "LoadImage", inputs: { image: expect.stringMatching(/^cooly\/[\da-f-]{36}-0\.png$/u) } },
    n11: { class_type: "ImageScale", inputs: { image: ["n10", 0], width: 1344, height: 768 } },
    n12: { class_type: "VAEEncode", inputs: { pixels: ["n11", 0], vae: ["n4", 2] } },
  });
  expect(stub.uploads[0]!.body.includes(pixel)).toBe(true);
  const links = Object.values(prompt).flatMap(({ inputs }) => Object.values(inputs).flatMap((value) => (Array.isArray(value) ? [String(value[0])] : [])));
  expect(links.filter((node) => !Object.hasOwn(prompt, node))).toEqual([]);
});

test("an attempt has an id that both sides know before it is sent, and another attempt has another", async () => {
  const { job } = jobOf(under);
  const provider = under.provider(stub.url);
  for (const attempt of [1, 1, 2]) await provider.start({ ...job, attempt }, soon());
  const [first, same, other] = stub.prompts.map(({ id }) => id);
  expect(same).toBe(first);
  expect(other).not.toBe(first);
});

test("files are uploaded before anything is asked for, and the graph names them; exported nodes go by n and their number", async () => {
  await send({ files: { n10: { image: { mime: "image/png", name: "me.png", bytes: pixel } } } });
  const image = String(stub.prompts[0]!.prompt["10"]!.inputs["image"]);
  expect(image).toMatch(/^cooly\/[\da-f-]{36}-0\.png$/u);
  expect(stub.uploads[0]!.body.includes(pixel)).toBe(true);
  expect(stub.calls.map(({ path }) => path)).toEqual(["/api/upload/image", "/api/prompt"]);
  await send({ files: { n10: { image: [`data:image/jpeg;base64,${pixel.toString("base64")}`] } } });
  expect(stub.uploads[1]!.body.toString("latin1")).toContain("Content-Type: image/jpeg");
});

test("where a file cannot be uploaded nothing was bought", async () => {
  stub.say("other", { status: 500 });
  await expect(send({ files: { n10: { image: pixel.toString("base64") } } })).rejects.toBeInstanceOf(ProviderUnreachable);
  expect(stub.submits).toEqual([]);
});

test.each([
  [{ graph: "none" }, /no graph/u],
  [{ inputs: { n99: { text: "a" } } }, /no node n99/u],
  [{ files: { n10: { image: "https://example.org/a.png" } } }, /10\.image is no file/u],
])("a manifest that does not fit its graph is told, and nothing is sent: %j", async (request, why) => {
  expect((await send(request)).started).toMatchObject({ kind: "failed", class: "not_available", message: expect.stringMatching(why) as unknown });
  expect(stub.calls).toEqual([]);
});

test.each([
  ["a cat (embedding:secret:1.2)", "a cat (embedding secret:1.2)"],
  ["EMBEDDING:x", "embedding x"],
  ["data:image/png;base64,AAAA", "data:image/png;base64,AAAA"],
  [["n4", 0], { __value__: ["n4", 0] }],
])("what a person says is no word of the server: %j", async (text, sent) => {
  await send({ inputs: { n6: { text } } });
  expect(stub.prompts[0]!.prompt["n6"]!.inputs["text"]).toEqual(sent);
  expect(stub.uploads).toEqual([]);
});

test("a manifest may allow embeddings", async () => {
  await send({ inputs: { n6: { text: "embedding:x" } }, allow_embeddings: true });
  expect(stub.prompts[0]!.prompt["n6"]!.inputs["text"]).toBe("embedding:x");
});

test.each([
  [
    failedAs("execution_error", { exception_type: "RuntimeError", exception_message: "it broke" }),
    { class: "transient", code: "RuntimeError", message: "KSampler: it broke" },
  ],
  [failedAs("execution_interrupted"), { class: "transient", code: "execution_interrupted" }],
  [{ outputs: { n9: { text: ["words"] } }, status: null }, { class: "permanent" }],
])("a prompt that ends as %j", async (entry, expected) => {
  stub.next(entry);
  const { provider, started } = await send();
  expect(await verdictOf(provider, started)).toMatchObject({ kind: "failed", ...expected });
});

const shown = { filename: "shown.png", subfolder: "", type: "temp" };
const kept = { filename: "cooly_00001_.png", subfolder: "", type: "output" };
test.each([
  ["gifs", {}],
  ["audio", {}],
  ["video", {}],
  ["images", { output: "n9" }],
])("what is saved is the result, and not what is shown: %s", async (kind, request) => {
  stub.next({
    outputs: { n7: { images: [shown] }, n9: { [kind]: [kept], animated: [true] } },
    status: { status_str: "success", completed: true, messages: [] },
  });
  const { provider, started } = await send(request);
  expect(await verdictOf(provider, started)).toMatchObject({ kind: "delivered" });
});

test("what waits is taken out of the queue, what runs is stopped by its own id, and nothing else is", async () => {
  const one = await accepted();
  await one.provider.cancel!(one.operation, soon());
  expect(await one.provider.look!(one.operation, soon())).toEqual({ kind: "canceled" });
  const two = await accepted();
  for (let nth = 0; nth < 2; nth += 1) await two.provider.look!(two.operation, soon());
  await two.provider.cancel!(two.operation, soon());
  expect(await two.provider.look!(two.operation, soon())).toEqual({ kind: "canceled" });
  expect(stub.calls.filter(({ path }) => path === "/api/interrupt")).toEqual([]);
});

test("an old server, which would stop whatever runs, is asked only to take back what waits", async () => {
  stub.old();
  const waiting = await accepted();
  await waiting.provider.cancel!(waiting.operation, soon());
  expect(await waiting.provider.look!(waiting.operation, soon())).toEqual({ kind: "canceled" });
  const running = await accepted();
  for (let nth = 0; nth < 2; nth += 1) await running.provider.look!(running.operation, soon());
  await running.provider.cancel!(running.operation, soon());
  expect(await running.provider.look!(running.operation, soon())).toMatchObject({ kind: "delivered" });
  expect(stub.calls.filter(({ path }) => path === "/api/interrupt")).toEqual([]);
});

test("who waits behind others is asked about less often", async () => {
  const { job } = jobOf(under);
  const provider = under.provider(stub.url);
  let last = await provider.start(job, soon());
  for (let attempt = 2; attempt <= 5; attempt += 1) last = await provider.start({ ...job, attempt }, soon());
  if (last.kind !== "accepted") throw new Error(last.kind);
  expect(await provider.look!(last.operation, soon())).toEqual({ kind: "running", pollAfterSeconds: 6 });
});

test("a server that has started anew knows nothing, and says so", async () => {
  const { provider, operation } = await accepted();
  stub.restart();
  expect(await provider.look!(operation, soon())).toMatchObject({ kind: "failed", class: "transient" });
});

test("a lost answer is cleared up by the id; where that proves nothing, and costs, it stays unknown", async () => {
  const { job } = jobOf(under);
  const reference = { ...job, sentMsAgo: 60_000 };
  const free = under.provider(stub.url);
  expect(await free.reconcile!(reference, soon())).toMatchObject({ kind: "failed", class: "transient" });
  const billed = createComfyUi({ id: "comfyui", url: `${stub.url}/api`, key: SECRET_KEY, resubmit: "billed" });
  expect(await billed.reconcile!(reference, soon())).toBeNull();
  await billed.start(job, soon());
  expect(await billed.reconcile!(reference, soon())).toMatchObject({ kind: "running" });
});
