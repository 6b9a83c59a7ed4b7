import fc from "fast-check";
import { expect, test } from "vitest";
import { costOf, type Cost } from "./cost.ts";
import { approximately, fractionOf } from "./decimal.ts";
import { creditsFor, creditsPerOutput, creditsUsed, PriceRule, withTerms } from "./price.ts";

/** The prices of the application that went before, by model, resolution and shape, for 3 to 12 seconds. */
const SEEDANCE = `
  pro 480p 16:9: 60 80 100 110 130 150 170 190 200 220
  pro 480p 9:16: 60 80 100 110 130 150 170 190 200 220
  pro 480p 4:3: 50 60 70 90 100 110 130 140 150 170
  pro 480p 3:4: 50 60 70 90 100 110 130 140 150 170
  pro 480p 1:1: 40 50 60 70 80 90 100 110 120 130
  pro 480p 21:9: 60 80 90 110 130 150 160 180 200 220
  pro 720p 16:9: 130 170 210 250 290 330 370 410 450 490
  pro 720p 9:16: 130 170 210 250 290 330 370 410 450 490
  pro 720p 4:3: 100 130 160 190 220 250 280 310 340 370
  pro 720p 1:1: 70 100 120 140 160 190 210 230 260 280
  pro 720p 3:4: 60 70 90 110 120 140 160 180 190 210
  pro 720p 21:9: 160 220 270 320 380 430 480 540 590 640
  pro 1080p 16:9: 280 370 460 550 640 730 830 920 1010 1100
  pro 1080p 9:16: 280 370 460 550 640 730 830 920 1010 1100
  pro 1080p 4:3: 210 280 350 420 480 550 620 690 760 830
  pro 1080p 1:1: 160 210 260 310 360 420 470 520 570 620
  pro 1080p 3:4: 120 160 200 240 270 310 350 390 430 470
  pro 1080p 21:9: 370 490 610 730 860 980 1100 1220 1340 1460
  lite 480p 16:9: 40 60 70 80 100 110 120 130 150 160
  lite 480p 9:16: 40 60 70 80 100 110 120 130 150 160
  lite 480p 4:3: 30 40 50 60 70 80 90 100 110 120
  lite 480p 3:4: 30 40 50 60 70 80 90 100 110 120
  lite 480p 1:1: 30 30 40 50 60 60 70 80 90 90
  lite 480p 21:9: 40 60 70 80 90 110 120 130 140 160
  lite 720p 16:9: 90 120 150 180 210 240 270 300 330 350
  lite 720p 9:16: 90 120 150 180 210 240 270 300 330 350
  lite 720p 4:3: 70 90 110 140 160 180 200 220 250 270
  lite 720p 1:1: 50 70 90 100 120 140 150 170 190 200
  lite 720p 3:4: 40 50 70 80 90 100 120 130 140 150
  lite 720p 21:9: 120 160 200 230 270 310 350 390 430 460
  lite 1080p 16:9: 200 270 330 400 460 530 600 660 730 790
  lite 1080p 9:16: 200 270 330 400 460 530 600 660 730 790
  lite 1080p 4:3: 150 200 250 300 350 400 450 500 550 600
  lite 1080p 1:1: 120 150 190 230 260 300 340 370 410 450
  lite 1080p 3:4: 90 120 140 170 200 230 250 280 310 340
  lite 1080p 21:9: 270 350 440 530 620 700 790 880 970 1050
`;

const SIZES = {
  "480p 16:9": "854x480",
  "480p 9:16": "480x854",
  "480p 4:3": "640x480",
  "480p 3:4": "480x640",
  "480p 1:1": "480x480",
  "480p 21:9": "960x416",
  "720p 16:9": "1280x720",
  "720p 9:16": "720x1280",
  "720p 4:3": "960x720",
  "720p 3:4": "540x720",
  "720p 1:1": "720x720",
  "720p 21:9": "1680x720",
  "1080p 16:9": "1920x1080",
  "1080p 9:16": "1080x1920",
  "1080p 4:3": "1440x1080",
  "1080p 3:4": "810x1080",
  "1080p 1:1": "1080x1080",
  "1080p 21:9": "2560x1080",
};

/** Tokens are width, height, frames of 24 a second, and seconds, by 1024. */
const seedance = PriceRule.parse({
  kind: "from_cost",
  cost: {
    unit: "token",
    prices: [
      { when: { model: "pro" }, usd: "2.5" },
      { when: { model: "lite" }, usd: "1.8" },
    ],
    per: 1_000_000,
    measures: [
      { of: "table", by: ["resolution", "aspect_ratio"], values: SIZES },
      { of: "constant", value: 24 },
      { of: "param", param: "duration" },
    ],
    divided_by: 1_024,
  },
  margin: "1.5",
  credit_usd: "0.002",
  round_up_to: 10,
});

const rows = SEEDANCE.trim()
  .split("\n")
  .flatMap((line) => {
    const [, model, resolution, aspect_ratio, credits] = /(\w+) (\w+) ([\d:]+): ([\d ]+)/.exec(line)!;
    return credits!.split(" ").map((text, index) => ({ model, resolution, aspect_ratio, duration: index + 3, credits: Number(text) }));
  });

test("there are 360 rows of Seedance's prices", () => {
  expect(rows.length).toBe(360);
});

test.each(rows)("$model $resolution $aspect_ratio, $duration s: $credits credits", ({ credits, ...input }) => {
  expect(creditsPerOutput(seedance, input)).toBe(credits);
});

test("what an image costs there: 0.03 dollars are 30 credits", () => {
  const rule = PriceRule.parse({ kind: "from_cost", cost: { unit: "image", prices: [{ usd: "0.03" }] }, round_up_to: 10 });
  expect(creditsPerOutput(withTerms(rule, { margin: "1.5", creditUsd: "0.002" }), {})).toBe(30);
  expect(creditsPerOutput(withTerms(rule, { margin: "2", creditUsd: "0.01" }), {})).toBe(10);
});

test("what a model says outranks the installation's terms", () => {
  const rule = PriceRule.parse({ kind: "from_cost", cost: { unit: "image", prices: [{ usd: "1" }] }, margin: "1", credit_usd: "1" });
  expect(creditsPerOutput(withTerms(rule, { margin: "9", creditUsd: "0.001" }), {})).toBe(1);
});

test("it is rounded once, upwards: a hair above is the next step, and what is exact stays", () => {
  const at = (usd: string): number =>
    creditsPerOutput(PriceRule.parse({ kind: "from_cost", cost: { unit: "image", prices: [{ usd }] }, margin: "1", credit_usd: "0.002", round_up_to: 10 }), {});
  expect([at("0.02"), at("0.020000000001"), at("0.04"), at("0")]).toEqual([10, 20, 20, 0]);
  // Floats would make 0.1 + 0.2 of it.
  expect(
    creditsPerOutput(
      PriceRule.parse({
        kind: "from_cost",
        cost: { unit: "s", prices: [{ usd: "0.1" }], measures: [{ of: "param", param: "n" }] },
        margin: "3",
        credit_usd: "0.1",
      }),
      { n: 1 },
    ),
  ).toBe(3);
});

test("no credit less than it costs, and less than one step more", () => {
  const decimal = fc.tuple(fc.nat(9_999), fc.nat(999_999)).map(([whole, parts]) => `${whole}.${String(parts).padStart(6, "0")}`);
  fc.assert(
    fc.property(decimal, fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1, max: 50 }), (usd, units, step) => {
      const cost: Cost = { unit: "x", prices: [{ usd }], per: 1_000, measures: [{ of: "param", param: "n" }], divided_by: 7, factors: [] };
      const rule = PriceRule.parse({ kind: "from_cost", cost, margin: "1.25", credit_usd: "0.004", round_up_to: step });
      const credits = creditsPerOutput(rule, { n: units });
      const { top, over } = costOf(cost, { n: units })!;
      // credits * 0.004 / 1.25 against the cost, in whole numbers.
      const sold = (count: number): bigint => BigInt(count) * 4n * 100n * over;
      const paid = top * 1_000n * 125n;
      expect(credits % step).toBe(0);
      expect(sold(credits) >= paid).toBe(true);
      if (credits > 0) expect(sold(credits - step) < paid).toBe(true);
    }),
  );
});

test("the first price that holds is taken, factors multiply, and there is a least", () => {
  const cost: Cost = {
    unit: "second",
    prices: [
      { when: { resolution: ["1080p", "4k"] }, usd: "0.4" },
      { when: { resolution: "720p", duration: { max: 4 } }, usd: "0.1" },
    ],
    per: 1,
    measures: [{ of: "param", param: "duration" }],
    divided_by: 1,
    factors: [
      { when: { audio: true }, by: "2" },
      { when: { start_frame: { given: true } }, by: "0.5" },
    ],
    least_usd: "0.3",
  };
  const usd = (input: Record<string, unknown>): number | null => {
    const found = costOf(cost, input);
    return found && approximately(found);
  };
  expect(usd({ resolution: "4k", duration: 5 })).toBe(2);
  expect(usd({ resolution: "4k", duration: 5, audio: true })).toBe(4);
  expect(usd({ resolution: "4k", duration: "5", audio: true, start_frame: { upload: "upl_1" } })).toBe(2);
  expect(usd({ resolution: "720p", duration: 2 })).toBe(0.3);
  expect(usd({ resolution: "720p", duration: 5 })).toBeNull();
  expect(usd({ resolution: "1080p" })).toBeNull();
});

test("what is measured: characters as people count them, lists, pixels", () => {
  const usd = (measures: Cost["measures"], input: Record<string, unknown>): number | null => {
    const found = costOf({ unit: "x", prices: [{ usd: "1" }], per: 1, measures, divided_by: 1, factors: [] }, input);
    return found && approximately(found);
  };
  expect(usd([{ of: "characters", param: "text" }], { text: "h\u00e9\u{1f600}" })).toBe(3);
  expect(usd([{ of: "count", param: "refs" }], { refs: [1, 2, 3] })).toBe(3);
  expect(usd([{ of: "count", param: "refs" }], {})).toBe(0);
  expect(usd([{ of: "pixels", param: "size" }], { size: "100x20" })).toBe(2_000);
  expect(usd([{ of: "pixels", param: "size" }], { size: "big" })).toBeNull();
  expect(usd([{ of: "param", param: "n" }], { n: -1 })).toBeNull();
  expect(usd([{ of: "param", param: "n" }], { n: 2.5 })).toBe(2.5);
});

test("where the vendor says what it took, that is charged, and never more than was quoted", () => {
  const byUsage = { ...(seedance as Extract<PriceRule, { kind: "from_cost" }>), settle: "usage" as const };
  const input = { model: "pro", resolution: "720p", aspect_ratio: "16:9", duration: 5 };
  expect(creditsUsed(byUsage, input, 50_000)).toBe(100);
  expect(creditsUsed(byUsage, input, 900_000)).toBe(210);
  expect(creditsUsed(byUsage, input, 0)).toBe(0);
  for (const nonsense of [Number.NaN, -1, Infinity]) expect(creditsUsed(byUsage, input, nonsense)).toBe(210);
  expect(creditsUsed(seedance, input, 50_000)).toBe(210);
  expect(creditsUsed({ kind: "per_output", credits: 4 }, {}, 1)).toBe(4);
});

test("pictures that go in come on top, also where the rest is charged by what was used", () => {
  const rule = PriceRule.parse({
    kind: "from_cost",
    margin: "1",
    credit_usd: "0.001",
    settle: "usage",
    cost: {
      unit: "token",
      prices: [{ usd: "30" }],
      per: 1_000_000,
      measures: [{ of: "constant", value: 1_000 }],
      on_top: [
        {
          usd: "2",
          per: 1_000_000,
          measures: [
            { of: "constant", value: 1_500 },
            { of: "count", param: "images" },
          ],
        },
        { when: { mask: { given: true } }, usd: "0.002" },
      ],
    },
  });
  expect(creditsPerOutput(rule, {})).toBe(30);
  expect(creditsPerOutput(rule, { images: [{}, {}] })).toBe(36);
  expect(creditsPerOutput(rule, { images: [{}, {}], mask: {} })).toBe(38);
  expect(creditsUsed(rule, { images: [{}, {}] }, 500)).toBe(21);
  expect(
    creditsFor(PriceRule.parse({ ...rule, cost: { unit: "x", prices: [{ usd: "1" }], on_top: [{ usd: "1", measures: [{ of: "param", param: "n" }] }] } }), {}),
  ).toBeNull();
});

test("without a price nothing is run", () => {
  expect(creditsFor(seedance, { model: "pro", resolution: "4k", aspect_ratio: "16:9", duration: 5 })).toBeNull();
  // A word that every object knows is in no table.
  const foreign = { kind: "from_cost", cost: { unit: "x", prices: [{ usd: "1" }], measures: [{ of: "table", by: ["size"], values: { small: 1 } }] } };
  expect(creditsFor(PriceRule.parse(foreign), { size: "constructor" })).toBeNull();
  expect(() => creditsPerOutput(seedance, { model: "huge", resolution: "720p", aspect_ratio: "16:9", duration: 5 })).toThrow("no price");
});

test.each(["-1", "1e3", ".5", "1.", "", "1,5", "0.1234567890123"])("%j is no decimal", (usd) => {
  expect(PriceRule.safeParse({ kind: "from_cost", cost: { unit: "x", prices: [{ usd }] } }).success).toBe(false);
});

test.each(["margin", "credit_usd"])("a %s of nothing is refused", (name) => {
  expect(PriceRule.safeParse({ kind: "from_cost", cost: { unit: "x", prices: [{ usd: "1" }] }, [name]: "0.00" }).success).toBe(false);
});

test("decimals are exact", () => {
  expect(fractionOf("0.0025")).toEqual({ top: 25n, over: 10_000n });
  expect(fractionOf(0.1)).toEqual({ top: 100_000_000_000n, over: 1_000_000_000_000n });
});
