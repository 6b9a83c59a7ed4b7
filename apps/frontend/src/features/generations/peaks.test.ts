import { describe, expect, test } from "vitest";
import { barsOf, fewer, peaksOf } from "./peaks.ts";

describe("the peaks of a sound", () => {
  test("the loudest part fills the height, however quiet the sound is", () => {
    expect(peaksOf(btoa(String.fromCharCode(0, 10, 20)))).toEqual([0, 0.5, 1]);
    expect(peaksOf(btoa(String.fromCharCode(0, 0)))).toEqual([0, 0]);
  });

  test("what is not there or cannot be read has none", () => {
    expect([null, "", "%%%"].map(peaksOf)).toEqual([null, null, null]);
  });

  test("fewer of them keep what is loud", () => {
    expect(fewer([0.1, 0.9, 0.2, 0.3, 0.4, 1], 3)).toEqual([0.9, 0.3, 1]);
    expect(fewer([0.5, 1, 0.25], 2)).toEqual([0.5, 1]);
    expect(fewer([0.5, 1], 8)).toEqual([0.5, 1]);
  });

  test("silence is drawn too", () => {
    expect(barsOf([0, 1])).toBe("M0.2 48h0.6v4h-0.6zM1.2 0h0.6v100h-0.6z");
  });
});
