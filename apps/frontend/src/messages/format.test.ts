import { describe, expect, test } from "vitest";
import { en } from "./en.ts";
import { createFormats } from "./format.ts";

const format = createFormats("en-GB", "UTC");
const now = new Date("2026-11-24T12:00:00.000Z");
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

describe("figures and times", () => {
  test("one is one, and many have separators", () => {
    expect([0, 1, 2, 1200].map(en.app.credits)).toEqual(["0 credits", "1 credit", "2 credits", "1,200 credits"]);
  });

  test("a while ago is told in the largest unit that says enough", () => {
    expect([5, 60 * 4, 3600 * 5, 86_400].map((seconds) => format.ago(before(seconds), now))).toEqual(["now", "4 min ago", "5 hr ago", "yesterday"]);
    expect(format.ago(before(86_400 * 30), now)).toBe("25 Oct 2026");
  });

  test("a duration never says 60 seconds", () => {
    expect([830, 9960, 42_400, 59_700, 119_700, 185_000].map(format.duration)).toEqual(["0.8 s", "10 s", "42 s", "1 min", "2 min", "3 min 5 s"]);
  });

  test("a clock counts whole seconds, and minutes past the hour", () => {
    expect([0, 1800, 4000, 65_400, 119_800, 4_350_000].map(format.clock)).toEqual(["0:00", "0:02", "0:04", "1:05", "2:00", "72:30"]);
  });

  test("a day has its year only if it is another one", () => {
    expect(format.day("2026-03-02T10:00:00.000Z", now)).toBe("Monday 2 March");
    expect(format.day("2025-03-02T10:00:00.000Z", now)).toBe("2 March 2025");
  });

  test("days are those of the reader", () => {
    expect(createFormats("en-GB", "Pacific/Auckland").dayKey("2026-11-24T12:00:00.000Z")).toBe("2026-11-25");
  });

  test("bytes and signs", () => {
    expect([999, 86_000, 1_250_000].map(format.bytes)).toEqual(["999 B", "86 kB", "1.3 MB"]);
    expect([-4, 0, 4].map(format.signed)).toEqual(["−4", "0", "+4"]);
  });
});

describe("the catalogue", () => {
  const strings = (value: unknown): string[] => (typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : []);

  test("shouts nothing, and apologises for nothing", () => {
    for (const text of strings(en)) {
      expect(text).not.toMatch(/!|oops|sorry|please/i);
      expect(text).not.toMatch(/\p{Extended_Pictographic}/u);
      expect(text.trim()).toBe(text);
    }
  });

  test("has a price on the button", () => {
    expect(`${en.create.button} - ${en.create.cost(16)}`).toBe("Create - 16 credits");
  });
});
