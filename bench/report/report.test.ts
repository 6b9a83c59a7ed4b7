import { expect, test } from "vitest";
import { drawChart } from "./chart.ts";
import { digits, isMet, percentile, ratio, show, spread, type Sample, type Target } from "./figures.ts";
import { between, toPage, toTerminal, type Report } from "./results.ts";
import { tableOf, toMarkdown, toText } from "./table.ts";

const sample = (side: string, round: number, ms: number): Sample => ({ scenario: "one", side, round, figures: { "p50, ms": ms } });
const at = (side: string) => ({ scenario: "one", side, figure: "p50, ms" });
const samples = [sample("ours", 1, 2), sample("theirs", 1, 1), sample("ours", 2, 9), sample("theirs", 2, 3), sample("ours", 3, 8), sample("theirs", 3, 4)];

test("a median lies between the two in the middle, and a percentile is one of the figures", () => {
  expect(spread([4, 1, 9, 2])).toEqual({ median: 3, min: 1, max: 9 });
  expect(spread([5])).toEqual({ median: 5, min: 5, max: 5 });
  expect(() => spread([])).toThrow("nothing");
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1), percentile([7], 0.99)]).toEqual([50, 99, 100, 7]);
});

test("a ratio is taken round by round, not of the medians, and only of rounds that both have", () => {
  expect(ratio(samples, at("ours"), at("theirs"))).toEqual({ median: 2, min: 2, max: 3 });
  expect(ratio(samples.slice(0, 4), at("ours"), at("theirs"))).toEqual({ median: 2.5, min: 2, max: 3 });
  expect(ratio(samples.slice(0, 3), at("ours"), at("theirs")).median).toBe(2);
});

test("a target is met by its median, on its own side of the bound", () => {
  const target = (bound: Target["bound"], median: number): Target => ({ says: "", unit: "", bound, measured: { median, min: 0, max: 100 } });
  expect([1.99, 2, 2.01].map((median) => isMet(target({ atMost: 2 }, median)))).toEqual([true, true, false]);
  expect([0.49, 0.5, 0.51].map((median) => isMet(target({ atLeast: 0.5 }, median)))).toEqual([false, true, true]);
});

test("figures keep what can be told of them", () => {
  expect([0, 0.0123, 0.25, 9.876, 98.76, 987.6, 9876.5, 1234567].map(digits)).toEqual(["0.00", "0.012", "0.25", "9.88", "98.8", "988", "9,877", "1,234,567"]);
  expect(show({ median: 2, min: 1, max: 3 })).toBe("2.00 (1.00 to 3.00)");
  expect(show({ median: 2, min: 2, max: 2 })).toBe("2.00");
});

test("a table has a row for each side, names a scenario once, and leaves empty what was not measured", () => {
  const more = { ...sample("ours", 1, 5), scenario: "two", figures: { "CPU, ms": 1 } };
  const table = tableOf([...samples, more]);
  expect(table).toEqual({
    head: ["", "", "p50, ms", "CPU, ms"],
    rows: [
      ["one", "ours", "8.00 (2.00 to 9.00)", ""],
      ["", "theirs", "3.00 (1.00 to 4.00)", ""],
      ["two", "ours", "", "1.00"],
    ],
  });
  expect(toText(table).split("\n")[2]).toBe("     theirs  3.00 (1.00 to 4.00)");
  expect(toMarkdown(table).split("\n").slice(0, 2)).toEqual(["|  |  | p50, ms | CPU, ms |", "| --- | --- | --- | --- |"]);
});

const chart = {
  file: "one",
  title: 'Less < more & "so"',
  unit: "milliseconds",
  target: { value: 10, says: "target" },
  bars: [
    { label: "ours", ours: true, spread: { median: 8, min: 2, max: 9 } },
    { label: "theirs", ours: false, spread: { median: 4, min: 1, max: 4 } },
  ],
};

test("a chart draws bars in proportion, with whiskers and the target's line, for both colour schemes", () => {
  const svg = drawChart(chart);
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths[0]! / widths[1]!).toBeCloseTo(2, 2);
  const [target] = [...svg.matchAll(/class="target" x1="([\d.]+)"/g)].map(([, x]) => Number(x));
  expect(target! - 210).toBeCloseTo((widths[0]! * 10) / 8, 0);
  expect(svg.match(/class="whisker"/g)).toHaveLength(2);
  expect(svg).toContain("prefers-color-scheme: dark");
  expect(svg).toContain("milliseconds");
  expect(svg).toContain("Less &lt; more &amp; &quot;so&quot;");
  expect(svg).not.toContain("NaN");
});

test("a chart of nothing but zeros, without a target, is still one", () => {
  const svg = drawChart({ ...chart, target: null, bars: [{ label: "idle", ours: true, spread: { median: 0, min: 0, max: 0 } }] });
  expect(svg).not.toMatch(/NaN|Infinity|class="target"/);
});

const report: Report = {
  at: "2026-01-02T03:04:05.000Z",
  command: "npm run bench",
  machine: { cores: 2, processor: "P", system: "linux", loadAverage: 0, node: "24", postgres: "18", redis: null, packages: { pg: "8" } },
  suites: [
    {
      suite: { name: "one", title: "One" },
      measured: {
        samples,
        targets: [{ says: "ours / theirs", bound: { atMost: 2 }, unit: "", measured: ratio(samples, at("ours"), at("theirs")) }],
        charts: [chart],
        notes: ["A note."],
      },
    },
  ],
  proof: "Books verified.",
};

test("the page and the terminal show the same figures, targets and proof", () => {
  for (const text of [toPage(report), toTerminal(report)]) {
    for (const part of ["8.00 (2.00 to 9.00)", "ours / theirs", "≤ 2.00", "2.00 (2.00 to 3.00)", "met", "A note.", "Books verified.", "no Redis"])
      expect(text).toContain(part);
  }
  expect(toPage(report)).toContain("(performance/one.svg)");
});

test("only what is between the markers is written, and a page without them is refused", () => {
  const [begin, end] = ["<!-- figures: written by `npm run bench -- --write` -->", "<!-- end of figures -->"];
  const page = `# Before\n\n${begin}\nold\n${end}\n\nAfter\n`;
  const written = between(page, "new");
  expect(written).toBe(`# Before\n\n${begin}\n\nnew\n\n${end}\n\nAfter\n`);
  expect(between(written, "new")).toBe(written);
  expect(() => between("# Nothing", "new")).toThrow("has no");
});
