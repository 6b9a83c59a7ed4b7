import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWebUi } from "@cooly/drivers/provider/a1111";
import { mapRequest } from "../../packages/engine/src/catalogue/map-request.ts";
import { shippedModels } from "../../packages/engine/src/catalogue/shipped.ts";
import { pixel } from "../../packages/engine/test/workshop.ts";
import { LOGIN, startWebUi, thrown, type WebUiStub } from "./a1111-stub.ts";
import { describeAdapter, jobOf, type UnderTest } from "./adapter-contract.ts";
import { describeFaultRuns } from "./fault-runs.ts";

const under: UnderTest = {
  name: "AUTOMATIC1111",
  start: () => startWebUi(pixel),
  provider: (url) => createWebUi({ id: "a1111", url, login: LOGIN, progressMs: 10 }),
  upstreamId: "sd_xl_base_1.0",
  request: { prompt: "a lighthouse", width: 1024, height: 1024, steps: 25 },
  serverError: "lost",
  overloaded: "lost",
  refusals: [
    {
      title: "a number",
      answer: { status: 422, body: { detail: [{ loc: ["body", "steps"], msg: "value is not a valid integer", type: "type_error.integer" }] } },
      class: "user_input",
    },
    { title: "a picture that is none", answer: thrown(500, "HTTPException", { detail: "Invalid encoded image" }), class: "user_input" },
    {
      title: "a sampler that is not there",
      answer: thrown(400, "HTTPException", { detail: "Sampler not found" }),
      class: "not_available",
      code: "HTTPException",
    },
    { title: "an API that is switched off", answer: { status: 404, body: { detail: "Not Found" } }, class: "not_available" },
    { title: "the login", answer: { status: 401, body: { detail: "Incorrect username or password" } }, class: "auth" },
    { title: "a lack of memory", answer: thrown(500, "OutOfMemoryError", { errors: "CUDA out of memory." }), class: "transient", code: "OutOfMemoryError" },
    { title: "a gateway that waited too long", answer: { status: 504, body: "<html>" }, class: "unknown" },
  ],
  result: pixel,
};

describeAdapter(under);
describeFaultRuns(under);

let stub: WebUiStub;
beforeEach(async () => {
  stub = await startWebUi(pixel);
});
afterEach(() => stub.close());

const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const send = (request: object = {}, more: object = {}) =>
  under.provider(stub.url).start(jobOf({ ...under, request: { ...under.request, ...request } }, more).job, soon());

test("one picture is asked for, by the checkpoint of the route, and the server is left as it was", async () => {
  await send({ batch_size: 4, n_iter: 2, override_settings: { CLIP_stop_at_last_layers: 2 } });
  expect(stub.submits[0]!.path).toBe("/sdapi/v1/txt2img");
  expect(stub.submits[0]!.json()).toMatchObject({
    batch_size: 1,
    n_iter: 1,
    save_images: false,
    override_settings: { CLIP_stop_at_last_layers: 2, sd_model_checkpoint: "sd_xl_base_1.0" },
    override_settings_restore_afterwards: true,
    steps: 25,
  });
});

test("what the shipped manifest makes of parameters is what is sent", async () => {
  const route = shippedModels.find(({ id }) => id === "local/webui-sdxl")!.routes[0]!;
  const mapped = mapRequest(route, { prompt: "a lighthouse", negative_prompt: "", size: "1344x768", steps: 25, guidance: 7, seed: 7 });
  if (mapped.outcome !== "mapped") throw new Error(mapped.outcome);
  await under.provider(stub.url).start(jobOf({ upstreamId: route.upstream_id, request: mapped.request }).job, soon());
  const asked = { prompt: "a lighthouse", width: 1344, height: 768, steps: 25, cfg_scale: 7, seed: 7, sampler_name: "DPM++ 2M", scheduler: "Karras" };
  expect(stub.submits[0]!.json()).toMatchObject(asked);
});

test("one picture and a mask, as the shipped manifest maps them, go to the other call as lists want them", async () => {
  const file = { mime: "image/png", name: "file.png", bytes: pixel };
  await send({ init_images: file, mask: file, denoising_strength: 0.4, resize_mode: 1 });
  const whole = `data:image/png;base64,${pixel.toString("base64")}`;
  expect(stub.submits[0]!.path).toBe("/sdapi/v1/img2img");
  expect(stub.submits[0]!.json()).toMatchObject({ init_images: [whole], mask: whole, denoising_strength: 0.4, resize_mode: 1 });
});

test("pictures to work from go to the other call, and an address is none: the server would fetch it", async () => {
  await send({ init_images: [{ mime: "image/png", name: "a.png", bytes: pixel }], mask: pixel.toString("base64") });
  expect(stub.submits[0]!.path).toBe("/sdapi/v1/img2img");
  expect(stub.submits[0]!.json()).toMatchObject({ init_images: [`data:image/png;base64,${pixel.toString("base64")}`], mask: pixel.toString("base64") });
  await expect(send({ init_images: ["http://169.254.169.254/latest"] })).rejects.toThrow(TypeError);
  expect(stub.submits.length).toBe(1);
});

test.each([
  ["a cat <lora:secret:1>", "a cat < lora:secret:1>"],
  ["<hypernet:x><lora:y:2>", "< hypernet:x>< lora:y:2>"],
  ["a cat AND a dog AND a bird", "a cat and a dog and a bird"],
  ["SAND and ANDES, 1 < 2, (a cat:1.2)", "SAND and ANDES, 1 < 2, (a cat:1.2)"],
])("what a person says is no word of the server: %s", async (prompt, sent) => {
  await send({ prompt, negative_prompt: prompt });
  expect(stub.submits[0]!.json()).toMatchObject({ prompt: sent, negative_prompt: sent });
});

test("a manifest may allow what a prompt can load", async () => {
  await send({ prompt: "<lora:style:1>", allow_extra_networks: true });
  expect(stub.submits[0]!.json()).toMatchObject({ prompt: "<lora:style:1>" });
  expect(stub.submits[0]!.json()).not.toHaveProperty("allow_extra_networks");
});

test.each(["another", "sd_xl_base_0.9"])("a picture by another model than was asked for is none: %s", async (name) => {
  stub.next({ info: JSON.stringify({ sd_model_name: name, sd_model_hash: "aaaaaaaaaa" }) });
  expect(await send()).toMatchObject({ kind: "failed", class: "not_available", message: expect.stringContaining(name) as unknown });
});

test.each(["xl/sd_xl_base_1.0.safetensors [31e35c80fc]", "sd_xl_base_1.0.safetensors", "31e35c80fc"])(
  "a checkpoint has several names: %s",
  async (upstreamId) => {
    expect(await send({}, { upstreamId })).toMatchObject({ kind: "delivered" });
  },
);

test.each([[{ info: "no JSON" }], [{ info: null }]])("who made it need not be said: %j", async (members) => {
  stub.next(members);
  expect(await send()).toMatchObject({ kind: "delivered" });
});

test("an answer without a picture is another attempt, and one that is no answer leaves it unknown", async () => {
  stub.next({ images: [] });
  expect(await send()).toMatchObject({ kind: "failed", class: "transient" });
  stub.next({ images: "none" });
  expect((await send()).kind).toBe("unknown");
});

test("progress is that of this very job, and nothing of what else runs", async () => {
  const release = stub.hold();
  const told: number[] = [];
  const asked = new Set<string>();
  stub.progress((taskId) => {
    asked.add(taskId);
    // Whatever runs is another's, until ours does.
    return {
      body: asked.size > 0 && told.length === 0 && stub.calls.length < 4 ? { active: false, queued: true, progress: null } : { active: true, progress: 0.4 },
    };
  });
  const started = send({}, { progress: (fraction: number) => void told.push(fraction) });
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
  release();
  expect(await started).toMatchObject({ kind: "delivered" });
  expect(new Set(told)).toEqual(new Set([0.4]));
  expect([...asked]).toEqual([stub.submits[0]!.json()["force_task_id"]]);
  expect(stub.calls.map(({ path }) => path)).not.toContain("/sdapi/v1/progress");
  const count = stub.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(stub.calls.length).toBeLessThanOrEqual(count + 1);
});

test("a server that does not know how far a job is makes it all the same, and is asked once", async () => {
  const release = stub.hold();
  let asked = 0;
  stub.progress(() => {
    asked += 1;
    return { status: 404, body: { detail: "Not Found" } };
  });
  const started = send();
  await vi.waitFor(() => expect(asked).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  release();
  expect(await started).toMatchObject({ kind: "delivered" });
  expect(asked).toBe(1);
});
