import { Fault } from "@cooly/contract";
import { shippedModels } from "@cooly/engine";
import { expect, test } from "vitest";
import { checkInput } from "./input.ts";

const issuesOf = (id: string, input: object): unknown => {
  try {
    return checkInput(
      shippedModels.find((model) => model.id === id)!,
      { prompt: "a boat", ...input },
    );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return (error.issues ?? []).map(({ path, message }) => `${path} ${message}`);
  }
};

const file = "upl_1";

test.each([
  ["bytedance/seedance-2.0", { end_frame: file }, ["/input/start_frame end_frame needs start_frame beside it."]],
  [
    "bytedance/seedance-2.0",
    { start_frame: file, reference_images: [file] },
    ["/input/start_frame /input/start_frame cannot be given together with reference_images."],
  ],
  [
    "bytedance/seedance-1.0-lite",
    { resolution: "1080p", reference_images: [file] },
    ["/input/resolution /input/resolution must be one of 480p, 720p together with reference_images."],
  ],
  ["google/veo-3.1", { duration: 4, reference_images: [file] }, ["/input/duration /input/duration must be 8 together with reference_images."]],
])("%s refuses %o", (id, input, issues) => {
  expect(issuesOf(id, input)).toEqual(issues);
});

test("a list of no files asks for nothing", () => {
  expect(issuesOf("google/veo-3.1", { duration: 4, start_frame: file, reference_images: [] })).toMatchObject({ duration: 4, start_frame: { upload: file } });
  expect(issuesOf("google/veo-3.1", { reference_images: [] })).not.toHaveProperty("reference_images");
});
