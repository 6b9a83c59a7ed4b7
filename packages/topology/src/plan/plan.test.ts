import fc from "fast-check";
import { expect, test } from "vitest";
import { current } from "./books/current.ts";
import { chartOf, drawCostChart } from "./chart.ts";
import { costsBy, crossoversAmong } from "./crossovers.ts";
import { costOf, priced } from "./estimate.ts";
import { assumed, measured } from "./measured.ts";
import { makePlan, staleNote, staleWarnings } from "./plan.ts";
import { ageInDays, staleLines } from "./price-book.ts";
import { describePlan, tableOf } from "./text.ts";
import { needs, Traffic } from "./traffic.ts";

const today = new Date("2026-10-05T00:00:00Z");

const anyTraffic = fc
  .record({
    dailyUsers: fc.integer({ min: 1, max: 2_000_000 }),
    generationsPerUser: fc.double({ min: 0, max: 100, noNaN: true }),
    outputsPerGeneration: fc.integer({ min: 1, max: 8 }),
    shares: fc.record({ image: fc.nat(10), video: fc.nat(10), audio: fc.nat(10) }),
    viewsPerOutput: fc.double({ min: 0, max: 50, noNaN: true }),
    retentionDays: fc.integer({ min: 1, max: 3_650 }),
    months: fc.integer({ min: 1, max: 60 }),
    region: fc.constantFrom("eu" as const, "us" as const),
    currency: fc.constantFrom("USD" as const, "EUR" as const),
    queue: fc.constantFrom("sqs" as const, "bullmq" as const),
    objectStore: fc.constantFrom(undefined, "garage" as const, "external" as const),
    network: fc.constantFrom("outbound" as const, "tunnel" as const),
  })
  .map((given) => Traffic.parse(given));

const CENT = 0.005;

test("a range is in order, for each part and in all, whatever the traffic", () => {
  fc.assert(
    fc.property(anyTraffic, fc.constantFrom(...priced), (traffic, topology) => {
      const { components, total } = costOf(topology, traffic);
      for (const { least, middle, most } of [total, ...components.map(({ cost }) => cost)]) {
        expect(least).toBeLessThanOrEqual(middle + CENT);
        expect(middle).toBeLessThanOrEqual(most + CENT);
        expect(least).toBeGreaterThanOrEqual(0);
      }
      expect(total.least).toBeGreaterThan(0);
      for (const corner of ["least", "middle", "most"] as const) {
        expect(components.reduce((sum, { cost }) => sum + cost[corner], 0)).toBeCloseTo(total[corner], 6);
        for (const { cost } of components) expect(cost[corner]).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("more people, more generations, more outputs and more views never cost less", () => {
  const dimensions = ["dailyUsers", "generationsPerUser", "outputsPerGeneration", "viewsPerOutput"] as const;
  fc.assert(
    fc.property(
      anyTraffic,
      fc.constantFrom(...priced),
      fc.record({ dimension: fc.constantFrom(...dimensions), factor: fc.double({ min: 1, max: 5, noNaN: true }) }),
      (traffic, topology, { dimension, factor }) => {
        const more = { ...traffic, [dimension]: dimension === "dailyUsers" ? Math.ceil(traffic.dailyUsers * factor) : traffic[dimension] * factor };
        const [before, after] = [costOf(topology, traffic), costOf(topology, more)];
        for (const corner of ["least", "middle", "most"] as const) expect(after.total[corner]).toBeGreaterThanOrEqual(before.total[corner] - CENT);
        // What could not be carried is not carried when there is more of it.
        if (before.unfit !== null) expect(after.unfit).not.toBeNull();
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a crossover is where the likely costs cross, to the last person", () => {
  fc.assert(
    fc.property(anyTraffic, (traffic) => {
      const costs = costsBy(traffic);
      for (const { dailyUsers, from, to, kind } of crossoversAmong(priced, traffic)) {
        const [before, after] = [costs(dailyUsers - 1), costs(dailyUsers)];
        if (kind === "necessary") expect([before[from].fits, after[from].fits]).toEqual([true, false]);
        else {
          expect(before[from].cost).toBeLessThanOrEqual(before[to].cost);
          expect(after[to].cost).toBeLessThan(after[from].cost);
        }
      }
    }),
    { numRuns: 30 },
  );
}, 120_000);

test("where needs leave two, it is told when one of them has to give way to the other", () => {
  const { crossovers } = makePlan({ dailyUsers: 40_000, needs: ["no-single-point"] }, today);
  expect(crossovers.filter(({ decides }) => decides)).toEqual([expect.objectContaining({ kind: "necessary", from: "hybrid", to: "managed" })]);
});

test("what is full first is full where the plan says, and not before", () => {
  for (const dailyUsers of [50, 3_000, 100_000]) {
    for (const { topology, binding } of makePlan({ dailyUsers }, today).estimates) {
      const { load, fullAt } = binding;
      if (fullAt === null) continue;
      const at = (people: number) =>
        costOf(topology, Traffic.parse({ dailyUsers: people })).loads.find((one) => one.resource === load.resource && one.of === load.of);
      const before = at(Math.max(dailyUsers, fullAt - 1));
      expect(before).toMatchObject({ size: load.size });
      // It is the cause, and not only a neighbour on the same machine.
      expect(before!.used.middle).toBeGreaterThan(0.95);
      const then = at(fullAt);
      expect(then === undefined || then.size !== load.size || then.used.middle >= 1).toBe(true);
    }
  }
});

test("the recommendation is the cheapest that fits, and needs rule out what they say", () => {
  const plan = makePlan({ dailyUsers: 1_000 }, today);
  const cheapest = plan.estimates.toSorted((one, other) => one.total.middle - other.total.middle)[0]!;
  expect(plan.recommendation.topology).toBe(cheapest.topology);
  for (const [need, { rulesOut, because }] of Object.entries(needs)) {
    const { recommendation } = makePlan({ dailyUsers: 1_000, needs: [need as keyof typeof needs] }, today);
    expect(rulesOut as readonly string[]).not.toContain(recommendation.topology);
    expect(recommendation.reason).toContain(because);
  }
  const none = makePlan({ dailyUsers: 1_000, needs: ["no-servers", "no-lock-in"] }, today).recommendation;
  expect(none.topology).toBe("vps");
  expect(none.reason).toContain("rules out every topology");
});

test("small production, by hand: the parts of managed and of one server are those of their bills", () => {
  const { estimates } = makePlan({ dailyUsers: 100 }, today);
  const cost = (topology: string, name: string) => estimates.find((one) => one.topology === topology)!.components.find((one) => one.name === name)!.cost.middle;
  expect(["Studio", "API", "Workers", "Keeper", "Database", "Cache"].map((name) => cost("managed", name))).toEqual([20, 25, 25, 7, 25, 10]);
  const euros = makePlan({ dailyUsers: 100, currency: "EUR" }, today).estimates[1]!.components;
  expect(euros.find(({ name }) => name === "Server")!.cost.middle).toBeCloseTo(35.49 * 1.2 + 0.5, 2);
  expect(euros.find(({ name }) => name === "Server")!.cost.least).toBeCloseTo(8.49 * 1.2 + 0.5, 2);
});

test("workers that wait cost what was measured: half a million requests to SQS each, or three quarters of a million commands", () => {
  const quiet = { dailyUsers: 1, generationsPerUser: 0 };
  const says = (queue: "sqs" | "bullmq", name: string) => makePlan({ ...quiet, queue }, today).estimates[0]!.components.find((one) => one.name === name)!.says;
  expect(says("sqs", "Queue")).toContain("0.5 million requests");
  expect(says("bullmq", "Queue and cache")).toContain("0.8 million of them by workers that wait");
});

test("every price and every figure says where it is from, and prices when", () => {
  for (const { sku, source, readOn, price, unit } of current) {
    expect(readOn, sku).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    expect([source.length > 8, price > 0, unit.length > 1], sku).toEqual([true, true, true]);
  }
  expect(new Set(current.map(({ sku }) => sku)).size).toBe(current.length);
  for (const [name, { from, range }] of Object.entries({ ...measured, ...assumed })) {
    expect(from.length, name).toBeGreaterThan(8);
    expect([range.least <= range.middle, range.middle <= range.most], name).toEqual([true, true]);
  }
});

test("a price that is more than 90 days old warns, and its mark stands beside every total", () => {
  const read = new Date(Date.parse("2026-07-23"));
  const after = (count: number) => new Date(read.getTime() + count * 86_400_000);
  const hetzner = current.filter(({ sku }) => sku.startsWith("hetzner"));
  expect([staleLines(hetzner, after(90)).length, staleLines(hetzner, after(91)).length]).toEqual([0, hetzner.length]);
  expect(ageInDays("2026-07-23", after(91))).toBe(91);
  expect(staleWarnings(today)).toEqual([]);
  const fresh = describePlan(makePlan({ dailyUsers: 100 }, today));
  const old = describePlan(makePlan({ dailyUsers: 100 }, new Date("2027-06-01T00:00:00Z")));
  const totals = (lines: readonly string[]) => lines.filter((line) => /^(managed|vps|hybrid) +about /.test(line));
  expect([totals(fresh).filter((line) => line.includes("*")).length, totals(old).filter((line) => line.includes("* a month")).length]).toEqual([0, 3]);
  expect(old.filter((line) => line.startsWith("* The prices of")).length).toBeGreaterThan(5);
  expect(tableOf(makePlan({ dailyUsers: 100 }, after(91))).match(/\*\*\$\d+\*\*\* /g)).toHaveLength(3);
});

test("each line that is old is named, with its day and its age, and no other", () => {
  for (const day of [new Date("2026-10-22"), new Date("2026-12-31"), new Date("2027-06-01")]) {
    const named = staleWarnings(day).flatMap((warning) => {
      const [, age, lines] = /were read on (.*? days ago) .* Lines: (.*?)\. Source: /.exec(warning)!;
      return lines!.split(", ").map((sku) => [sku, age]);
    });
    const old = staleLines(current, day).map(({ sku, readOn }) => [sku, `${readOn}, ${ageInDays(readOn, day)} days ago`]);
    expect(named).toHaveLength(old.length);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(old));
  }
});

test("what stands under a chart names whose prices are old and how old, and has room for all", () => {
  expect(staleNote(today)).toBe("");
  expect(staleNote(new Date("2026-10-22"))).toBe("* prices, days old: Hetzner 91");
  expect(staleNote(new Date("2028-06-01")).length).toBeLessThan(145);
});

test("a date that is none warns", () => {
  expect(staleLines([{ ...current[0], readOn: "some day" }], today)).toHaveLength(1);
});

test("the chart is one well-formed picture for both themes, with a line for each topology and nothing outside", () => {
  for (const dailyUsers of [1, 300, 1_000_000, 10_000_000]) {
    const svg = drawCostChart(chartOf(Traffic.parse({ dailyUsers })), { title: 'A & "B" <c>', note: "" });
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 760 420" role="img" aria-label="A &amp; &quot;B&quot; &lt;c&gt;">/);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/class="line /g)).toHaveLength(3);
    const numbers = [...svg.matchAll(/[xy][12]?="(-?[\d.]+)"/g)].map(([, number]) => Number(number));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(760);
  }
});
