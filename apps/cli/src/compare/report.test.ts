import { expect, test } from "vitest";
import { rowsOf, usersOf, type Comparison, type Round } from "./comparison.ts";
import { drawReport, summaryOf } from "./report.ts";
import { describeComparison } from "./table.ts";

const round = (ms: number): Round => ({
  bare: [ms],
  lookUp: [ms + 4],
  read: [ms + 9],
  accept: [ms + 20],
  pickUp: [5],
  generation: [100],
  media: [ms],
  asset: [],
});
const step = { users: 1, requests: 9, p99: 10, failures: [], limited: false, canceled: 0, met: true };

const comparison: Comparison = {
  at: "2026-11-28T12:00:00.000Z",
  seed: 1,
  rounds: 3,
  targetMs: 500,
  usersMax: 2,
  installations: {
    a: { url: "https://a.example.com", name: "Cooly", version: "0.1.0" },
    b: { url: "https://b.example.com", name: '<b onload="x">', version: "0.2.0" },
  },
  rows: rowsOf({ a: [round(1), round(2), round(3)], b: [round(151), round(152), round(153)] }),
  users: { a: usersOf([step, { ...step, users: 2 }]), b: usersOf([step, { ...step, users: 2, met: false, limited: true }]) },
  carriesMore: "even",
  ordered: { a: 10, b: 9 },
  canceled: { a: 0, b: 2 },
  left: { a: 1, b: 0 },
  prefix: "cooly compare 1",
};

test("the table says what was measured, how sure it is, and what it cannot say", () => {
  const said = describeComparison(comparison).join("\n");
  for (const words of [
    "Backend API       accept a generation, p50       22.0 (21.0 to 23.0) ms  172 (171 to 173) ms                    7.82 (7.52 to 8.14)  a is faster",
    "1 or more; its limit of requests at 2",
    "told apart in 1 of 10 rows",
    "RATE_LIMIT_PER_MINUTE of https://b.example.com was met, not its speed",
    "different versions of Cooly",
    "b had not ended 2 generations when a step of users was missed; they were canceled",
    'a may still be at work on 1 generation, which it could not be asked to cancel: search its library for "cooly compare 1"',
    'search the library for "cooly compare 1"',
  ])
    expect(said).toContain(words);
});

test("the summary names each row once", () => {
  const [fast, even] = summaryOf(comparison);
  expect(fast).toMatchObject({ verdict: "a", says: expect.arrayContaining(["accept a generation, p50: 7.82 times"]) });
  expect(even).toEqual({ verdict: "even", says: ["look up a key and its balance", "accepted until picked up", "accepted until succeeded"] });
});

test("the page needs nothing else, and takes no markup from an installation", () => {
  const page = drawReport(comparison);
  expect(page).not.toMatch(/<script|<link[^>]+href="(?!data:)|src=|url\(/);
  expect(page).not.toContain("<b onload");
  expect(page).toContain("&lt;b onload=&quot;x&quot;&gt;");
  expect(page.match(/<svg class="pair"/g)).toHaveLength(comparison.rows.length);
  expect(page).not.toContain("NaN");
});
