import { expect, test } from "vitest";
import { ratioOf } from "./ratio.ts";

test("a size is called by the ratio that people know", () => {
  expect(["1024x1024", "1024x768", "720x1280", "1536x640", "1344x768", "1000x300"].map(ratioOf)).toEqual(["1:1", "4:3", "9:16", "12:5", "7:4", "1000 × 300"]);
  expect(ratioOf("auto")).toBe("auto");
});
