import { describe, expect, test } from "vitest";
import { generation, output } from "../../test/sample.ts";
import { usualDuration } from "./describe.ts";
import { fileName } from "./file-address.ts";
import { moneySentence } from "./money.ts";
import { detailAt, detailPath } from "./open-detail.ts";
import { aspectOf, isCancelable, retriable, sizeOf, tilesOf } from "./tiles.ts";
import { shiftOf } from "./use-virtual-lines.ts";
import { stopBeside } from "./walk.ts";

const lost = (code: "provider_failed" | "content_refused") => output({ status: "failed", error: { code, message: "No." } });

describe("frames", () => {
  test("have the shape that was asked for, and then that of the file", () => {
    const asked = generation({ input: { prompt: "x", size: "1280x720" } });
    expect(aspectOf(asked, asked.outputs[0]!)).toBeCloseTo(16 / 9);
    expect(aspectOf(asked, output({ width: 1000, height: 500 }))).toBe(2);
    expect(sizeOf(asked, undefined)).toBe("1280 × 720");
  });

  test("tell one reason once, and different reasons each", () => {
    expect(tilesOf(generation({ status: "failed", outputs: [lost("provider_failed"), lost("provider_failed")] })).map(({ stands }) => stands)).toEqual([2]);
    expect(tilesOf(generation({ status: "failed", outputs: [lost("provider_failed"), lost("content_refused")] }))).toHaveLength(2);
    expect(tilesOf(generation({ status: "running", outputs: [lost("provider_failed"), lost("provider_failed")] }))).toHaveLength(2);
  });

  test("offer to cancel only while that can still save something", () => {
    expect(isCancelable(generation())).toBe(true);
    expect(isCancelable(generation({ cancel_requested: true }))).toBe(false);
    expect(isCancelable(generation({ status: "unknown", outputs: [output({ status: "unknown" })] }))).toBe(false);
  });

  test("a retry makes again what is missing, and no more", () => {
    expect(retriable(generation({ status: "succeeded", outputs: [output({ status: "delivered" }), lost("provider_failed"), lost("content_refused")] }))).toBe(2);
  });
});

describe("words about money", () => {
  test("say what was charged and what came back", () => {
    expect(moneySentence({ quoted: 12, charged: 0, released: 12 })).toBe("12 credits returned.");
    expect(moneySentence({ quoted: 12, charged: 4, released: 8 })).toBe("4 credits charged. 8 credits returned.");
    expect(moneySentence({ quoted: 0, charged: 0, released: 0 })).toBe("Nothing was charged.");
  });
});

describe("how long it usually takes", () => {
  test("is the middle of the last ones of that model, once there are three", () => {
    const took = (total: number) => generation({ status: "succeeded", timings: { queued_ms: 0, provider_ms: total, transfer_ms: 0, total_ms: total } });
    expect(usualDuration([took(1000), took(9000)], "demo/painter")).toBeNull();
    expect(usualDuration([took(1000), took(90_000), took(3000)], "demo/painter")).toBe(3000);
    expect(usualDuration([took(1000), took(2000), took(3000)], "another/model")).toBeNull();
  });
});

test("a file is named by its prompt, and no two alike", () => {
  const made = generation({ input: { prompt: "Crème brûlée, at night / with *stars* & more words" } });
  expect(fileName(made, output({ index: 1, mime: "image/png" }))).toBe(`creme-brulee-at-night-with-stars-${made.id.slice(-6)}-2.png`);
  expect(fileName(generation({ input: { prompt: "" } }), output({ mime: "image/jpeg" }))).toMatch(/^image-.{6}-1\.jpg$/);
});

test("the address of a picture leads back to it", () => {
  expect(detailPath({ id: "gen_1", index: 0 })).toBe("/g/gen_1");
  expect(detailAt("/g/gen_1", null)).toEqual({ id: "gen_1", index: 0 });
  expect(detailAt("/g/gen_1", new URLSearchParams(detailPath({ id: "gen_1", index: 3 }).split("?")[1]).get("o"))).toEqual({ id: "gen_1", index: 3 });
  expect(detailAt("/g/gen_1", "-4")).toEqual({ id: "gen_1", index: 0 });
  expect(detailAt("/gallery", null)).toBeNull();
});

test("after a delete one stands on the next generation, or else on the one before", () => {
  const stops = ["a", "a", "b", "c"].map((id, index) => ({ key: `${id}${index}`, id, index }));
  expect(stopBeside(stops, "a")?.id).toBe("b");
  expect(stopBeside(stops, "c")?.id).toBe("b");
  expect(stopBeside(stops.slice(0, 2), "a")).toBeNull();
});

test("what is looked at stays where it is when lines come above it, or go", () => {
  const line = (key: string, top: number) => ({ key, top, size: 100, heading: null, tiles: [{ key, x: 0, width: 10, height: 90 }], captions: [] });
  const before = [line("a", 0), line("b", 100), line("c", 200)];
  expect(shiftOf(before, [line("new", 0), line("a", 100), line("b", 200), line("c", 300)], 150)).toBe(100);
  expect(shiftOf(before, [line("b", 0), line("c", 100)], 150)).toBe(-100);
  expect(shiftOf(before, [line("a", 0), line("c", 100)], 150)).toBe(-100);
});
