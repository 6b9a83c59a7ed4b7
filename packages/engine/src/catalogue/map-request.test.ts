import { RequestMap } from "@cooly/contract";
import { expect, test } from "vitest";
import { InputFile } from "./input-file.ts";
import { mapRequest } from "./map-request.ts";

const map = RequestMap.parse({
  params: {
    prompt: { to: "prompt" },
    size: [
      { to: "image.width", part: "width" },
      { to: "image.height", part: "height" },
    ],
    speed: { to: "speech_rate", scale: { by: 100, add: -100, least: -50, most: 100, whole: true } },
    voice: { to: "speaker", table: { alloy: "en_1", echo: "en_2" } },
    duration: { to: "seconds", as: "text" },
    references: { to: "images", as: "list" },
    negative_prompt: "drop",
    format: "platform",
  },
  combined: [{ by: ["resolution", "aspect_ratio"], to: "size", table: { "1K 1:1": "1024x1024", "1K 16:9": "1280x720" } }],
  fixed: [
    { to: "watermark", value: false },
    { to: "generate_audio", value: true, when: { audio: true } },
  ],
});
const shape = { resolution: "1K", aspect_ratio: "16:9" };

test("parameters become the vendor's fields", () => {
  const input = { prompt: "a sea", size: "640x480", speed: 1.256, voice: "echo", duration: 4, references: "one", format: "png", ...shape };
  expect(mapRequest({ map }, input)).toEqual({
    outcome: "mapped",
    warnings: [],
    request: {
      prompt: "a sea",
      image: { width: 640, height: 480 },
      speech_rate: 26,
      speaker: "en_2",
      seconds: "4",
      images: ["one"],
      size: "1280x720",
      watermark: false,
    },
  });
});

test("what the vendor does not take is left out with a word, but nobody is told of what nobody asked for", () => {
  const asked = mapRequest({ map }, { prompt: "a sea", negative_prompt: "fog", ...shape }, { negative_prompt: "" });
  expect(asked).toMatchObject({ outcome: "mapped", warnings: [{ param: "negative_prompt" }] });
  expect(mapRequest({ map }, { prompt: "a sea", negative_prompt: "", ...shape }, { negative_prompt: "" })).toMatchObject({ warnings: [] });
});

test.each([
  [{ camera: "fixed" }, "camera"],
  [{ voice: "nova" }, "voice"],
  [{ speed: "fast" }, "speed"],
  [{ size: "large" }, "size"],
  [{ resolution: "8K" }, "resolution"],
])("%j cannot be honoured, and is refused", (input, param) => {
  expect(mapRequest({ map }, { prompt: "a sea", ...shape, ...input })).toMatchObject({
    outcome: "unsupported",
    remarks: expect.arrayContaining([{ param, message: expect.any(String) }]),
  });
});

test("what is fixed holds when its condition does, and outranks what was asked", () => {
  const audible = RequestMap.parse({ params: { audio: "platform", mark: { to: "watermark" } }, fixed: map.fixed });
  expect(mapRequest({ map: audible }, { audio: true, mark: true })).toMatchObject({ request: { watermark: false, generate_audio: true } });
  expect(mapRequest({ map: audible }, { audio: false })).toMatchObject({ request: { watermark: false } });
});

test("names that a program would trip over are no fields", () => {
  for (const to of ["__proto__.x", "a.__proto__", "a..b", "", "a.constructor!"])
    expect(RequestMap.safeParse({ params: { a: { to } } }).success, to).toBe(false);
});

test("without a map the parameters are the request's own", () => {
  expect(mapRequest({}, { prompt: "x", anything: 1 })).toEqual({ outcome: "mapped", request: { prompt: "x", anything: 1 }, warnings: [] });
});

test("a file is a place that is filled when it is sent, alone and in a list; what is none is not the vendor's", () => {
  const files = RequestMap.parse({ params: { image: { to: "a.image", as: "data_uri" }, masks: { to: "masks", as: "file", mask: "alpha" } } });
  const mapped = mapRequest({ map: files }, { image: { upload: "upl_1" }, masks: [{ upload: "upl_2" }, { url: "https://elsewhere" }] });
  expect(mapped).toMatchObject({
    outcome: "mapped",
    request: {
      a: { image: new InputFile("upl_1", "data_uri", false) },
      masks: [new InputFile("upl_2", "file", true), new InputFile("", "file", true)],
    },
  });
  for (const odd of ["upl_1", 7, ["upl_1"]])
    expect(mapRequest({ map: files }, { image: odd })).toMatchObject({ outcome: "unsupported", remarks: [{ param: "image" }] });
});
