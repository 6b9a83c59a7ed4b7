/** What the shipped manifests make of a wish, in each vendor's own words. */
import { expect, test } from "vitest";
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
