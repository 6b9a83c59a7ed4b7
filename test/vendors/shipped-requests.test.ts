/** What the shipped manifests make of a wish, in each vendor's own words. */
import { creditsPerOutput } from "@cooly/contract";
import { expect, test } from "vitest";
import { chooseRoute, usualOf } from "../../packages/engine/src/catalogue/choose-route.ts";
import { InputFile } from "../../packages/engine/src/catalogue/input-file.ts";
import { mapRequest } from "../../packages/engine/src/catalogue/map-request.ts";
import { shippedModels } from "../../packages/engine/src/catalogue/shipped.ts";

const wish = { prompt: "a lighthouse", size: "1344x768", seed: 7 };
const fal = { image_size: { width: 1344, height: 768 }, enable_safety_checker: true };

test.each([
  ["black-forest-labs/flux-2-flex", "fal", { ...fal, output_format: "jpeg", safety_tolerance: "2", sync_mode: false }],
  ["black-forest-labs/flux-2-turbo", "fal", { ...fal, output_format: "png", num_images: 1 }],
  ["black-forest-labs/flux-2-turbo", "wavespeed", { size: "1344*768" }],
  ["black-forest-labs/flux-2-dev", "wavespeed", { size: "1344*768" }],
  [
    "black-forest-labs/flux-1.1-pro",
    "replicate",
    { width: 1344, height: 768, aspect_ratio: "custom", prompt_upsampling: false, safety_tolerance: 2, output_format: "png" },
  ],
])("%s by %s", (id, provider, fields) => {
  const { routes, params } = shippedModels.find((model) => model.id === id)!;
  const hasFormat = Object.hasOwn(params["properties"] as object, "format");
  const mapped = mapRequest(
    routes.find((route) => route.provider === provider)!,
    { ...wish, ...(hasFormat && { format: "jpeg" }) },
  );
  expect(mapped).toEqual({ outcome: "mapped", warnings: [], request: { prompt: wish.prompt, seed: wish.seed, ...fields } });
});

const upload = (id: string) => ({ upload: id });
const frames = { start_frame: upload("upl_s"), end_frame: upload("upl_e") };
const two = [upload("upl_1"), upload("upl_2")];
const link = (id: string): InputFile => new InputFile(id, "url", false);
const bytes = (id: string): InputFile => new InputFile(id, "file", false);
const links = [link("upl_1"), link("upl_2")];
const files = [bytes("upl_1"), bytes("upl_2")];
const film = { aspect_ratio: "9:16", resolution: "720p", duration: 8 };

/** By the route that is asked first where every vendor is at hand. */
const sentBy = (id: string, input: object) => {
  const model = shippedModels.find((one) => one.id === id)!;
  const wanted = { prompt: "a lighthouse", ...input };
  const chosen = chooseRoute(model, wanted, { isAtHand: () => true, chance: () => 0 });
  if (chosen.outcome !== "chosen") return chosen;
  return { by: `${chosen.route.provider}/${chosen.route.upstream_id}`, mapped: mapRequest(chosen.route, wanted, usualOf(model)) };
};

const seedance = ["1.0-pro", "1.5-pro", "2.0", "2.0-fast", "2.0-mini", "2.5"].map((name) => `bytedance/seedance-${name}`);
const veo = ["3.1", "3.1-fast", "3.1-lite"].map((name) => `google/veo-${name}`);

type Row = readonly [id: string, input: object, fields: object];

const withFiles: readonly Row[] = [
  ...["4.0", "4.5", "5.0-lite", "5.0-pro"].map((name): Row => [`bytedance/seedream-${name}`, { size: "2048x2048", images: two }, { image: links }]),
  ["google/nano-banana-2.1", { aspect_ratio: "1:1", images: two }, { images: files }],
  ["black-forest-labs/flux-1.1-pro", { ...wish, image: two[0] }, { image_prompt: files[0] }],
  ["local/image", { size: "512x512", images: two }, { image: files }],
  [
    "local/webui-sdxl",
    { size: "1024x1024", strength: 0.4, image: two[0], mask: two[1] },
    { init_images: files[0], mask: files[1], denoising_strength: 0.4, resize_mode: 1, inpainting_fill: 1, inpaint_full_res: false },
  ],
  ["local/comfyui-sdxl-edit", { size: "1344x768", strength: 0.4, image: two[0] }, { files: { n10: { image: files[0] } } }],
  ...seedance.map((id): Row => [id, { ...film, ...frames }, { first_frame: link("upl_s"), last_frame: link("upl_e"), ratio: "9:16" }]),
  ["bytedance/seedance-1.0-pro-fast", { ...film, start_frame: frames.start_frame }, { first_frame: link("upl_s") }],
  ...seedance.filter((id) => id.includes("2.")).map((id): Row => [id, { ...film, reference_images: two }, { reference_image: links }]),
  ...veo.map((id): Row => [id, { ...film, ...frames }, { image: bytes("upl_s"), lastFrame: bytes("upl_e") }]),
  ...veo.slice(0, 2).map((id): Row => [id, { ...film, reference_images: two }, { referenceImages: files }]),
];

test.each(withFiles)("%s takes %o", (id, input, fields) => {
  expect(sentBy(id, input)).toMatchObject({ mapped: { outcome: "mapped", warnings: [], request: fields } });
});

test.each([
  [{}, "seedance-1-0-lite-t2v-250428", {}],
  [frames, "seedance-1-0-lite-i2v-250428", { first_frame: link("upl_s"), last_frame: link("upl_e"), camera_fixed: true }],
  [{ reference_images: two, camera_fixed: false }, "seedance-1-0-lite-i2v-250428", { reference_image: links }],
])("Seedance 1.0 Lite has two names there: %o goes by %s", (input, name, fields) => {
  const sent = sentBy("bytedance/seedance-1.0-lite", { ...film, camera_fixed: true, ...input });
  expect(sent).toMatchObject({ by: `byteplus-videos/${name}`, mapped: { request: fields } });
});

test("what is sold twice is the same in each vendor's words", () => {
  const words = (id: string, provider: string, input: object) => {
    const route = shippedModels.find((one) => one.id === id)!.routes.find((one) => one.provider === provider)!;
    return mapRequest(route, { prompt: "a lighthouse", ...input });
  };
  const size = "2848x1600";
  expect(words("bytedance/seedream-4.5", "fal", { size })).toMatchObject({
    request: { image_size: { width: 2848, height: 1600 }, num_images: 1, max_images: 1 },
  });
  expect(words("bytedance/seedream-4.5", "wavespeed", { size })).toMatchObject({ request: { size: "2848*1600" } });
  const asked = { ...film, negative_prompt: "rain", seed: 7 };
  expect(words("google/veo-3.1", "fal", asked)).toEqual({
    outcome: "mapped",
    warnings: [],
    request: { ...film, prompt: "a lighthouse", duration: "8s", negative_prompt: "rain", seed: 7, generate_audio: true, auto_fix: false },
  });
  // Neither has a field for them at that name: they go by the vendor's own route, and nowhere else.
  expect(words("bytedance/seedream-4.5", "fal", { size, images: two })).toMatchObject({ outcome: "unsupported" });
  expect(words("google/veo-3.1", "fal", { ...film, ...frames })).toMatchObject({ outcome: "unsupported" });
  expect(words("google/veo-3.1", "fal", { ...film, resolution: "1080p", duration: 4 })).toMatchObject({ outcome: "unsupported" });
});

test("with Nano Banana each picture that goes in is paid for", () => {
  const { price } = shippedModels.find(({ id }) => id === "google/nano-banana-2.1")!;
  const usual = { ...price, credit_usd: "0.00001", margin: "1" } as typeof price;
  expect([0, 1, 14].map((count) => creditsPerOutput(usual, { images: Array.from({ length: count }, () => two[0]) }))).toEqual([3_360, 3_528, 5_712]);
});
