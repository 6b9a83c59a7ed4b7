/** The guide's table, as measured, for a terminal. */
import type { Comparison, Row, Users } from "./comparison.ts";
import { digits, onceIn, show, type Verdict } from "./figures.ts";
import { sides } from "./load.ts";

export const faster = (verdict: Verdict): string => (verdict === "even" ? "not told apart" : `${verdict} is faster`);
export const more = (verdict: Verdict): string => (verdict === "even" ? "not told apart" : `${verdict} carries more`);
export const ratioText = ({ ratio }: Row): string => (ratio ? show(ratio) : "none: nothing to divide by");

export function describeComparison(comparison: Comparison): string[] {
  const { installations, rows, users, rounds, seed, ordered, prefix } = comparison;
  const lines = rows.map((row, index) => [
    rows[index - 1]?.group === row.group ? "" : row.group,
    row.says,
    `${show(row.a)} ms`,
    `${show(row.b)} ms`,
    ratioText(row),
    faster(row.faster),
  ]);
  const carried = [
    "Concurrent users",
    `p99 within ${digits(comparison.targetMs)} ms`,
    usersText(users.a),
    usersText(users.b),
    "",
    more(comparison.carriesMore),
  ];
  return [
    `a  ${installations.a.url}  Cooly ${installations.a.version}`,
    `b  ${installations.b.url}  Cooly ${installations.b.version}`,
    "",
    ...aligned([["", "", "a", "b", "b / a", ""], ...lines, carried]),
    "",
    ...notesOf(comparison),
    `Seed ${seed}, ${rounds} rounds; a was asked for ${ordered.a} generations, b for ${ordered.b}. To find them, search the library for "${prefix}".`,
  ];
}

export function usersText({ met, missed, because }: Users): string {
  if (missed === null) return `${met} or more`;
  if (because === "rate_limited") return `${met} or more; its limit of requests at ${missed}`;
  return met === 0 ? "none" : `${met}, not ${missed}`;
}

const generations = (count: number): string => `${count} ${count === 1 ? "generation" : "generations"}`;

/** What a reader must know to read the figures right. */
export function notesOf({ rounds, users, installations, rows, canceled, left, prefix }: Comparison): string[] {
  const limited = sides.filter((side) => users[side].because === "rate_limited");
  return [
    `Medians of ${rounds} rounds, and the least and the most of them. One is faster where no round of it reaches into those of the other: equal ones would be told apart in 1 of ${onceIn(rounds)} rows.`,
    "p99 of fewer than 100 requests is the slowest of them.",
    "Database query: GET /v1/credits less GET /healthz of the same round, so it holds the API's work for it as well as the database's.",
    "Generations are timed by the installation's own clock, without the way there and back.",
    ...(rows.some(({ id }) => id === "asset") ? [] : ["No file of the studio was measured: it is not at both addresses."]),
    ...limited.map(
      (side) => `${side} answered 429: RATE_LIMIT_PER_MINUTE of ${installations[side].url} was met, not its speed. Raise it there for a test of more users.`,
    ),
    ...sides
      .filter((side) => canceled[side] > 0)
      .map(
        (side) => `${side} had not ended ${generations(canceled[side])} when a step of users was missed; they were canceled, so that no load is left behind.`,
      ),
    ...sides
      .filter((side) => left[side] > 0)
      .map((side) => `${side} may still be at work on ${generations(left[side])}, which it could not be asked to cancel: search its library for "${prefix}".`),
    ...(installations.a.version === installations.b.version ? [] : ["The two run different versions of Cooly, which may be the difference."]),
  ];
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
