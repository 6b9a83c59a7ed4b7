import { expect, test } from "vitest";
import { crewNames, describe, drawSchedule, type Act, type CrewName } from "./schedule.ts";

const seeds = Array.from({ length: 50 }, (_, seed) => seed);
const kinds = (ms: number, seed: number): Set<Act["kind"]> => new Set(drawSchedule({ seed, ms }).map(({ act }) => act.kind));

test("the same seed draws the same schedule, another one another", () => {
  const drawn = (seed: number): string[] => drawSchedule({ seed, ms: 300_000 }).map(({ atMs, act }) => `${atMs} ${describe(act)}`);
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

test("five minutes hold everything that can happen, whatever the seed, and empty the queue once", () => {
  for (const seed of seeds) {
    expect(kinds(300_000, seed).size, `seed ${seed}`).toBe(12);
    expect(drawSchedule({ seed, ms: 300_000 }).filter(({ act }) => act.kind === "empty-queue")).toHaveLength(1);
  }
});

test("a short form has the queue emptied, a worker paused, processes restarted and killed", () => {
  for (const seed of seeds) expect([...kinds(25_000, seed)], `seed ${seed}`).toEqual(expect.arrayContaining(["empty-queue", "pause", "roll", "kill"]));
});

test("while both have to be awake, nobody sleeps; and of two workers one is always awake", () => {
  for (const seed of seeds) {
    const planned = drawSchedule({ seed, ms: 300_000 });
    const pauses = planned.flatMap(({ atMs, act }) => (act.kind === "pause" ? [{ who: act.who, fromMs: atMs, toMs: atMs + act.forMs }] : []));
    const asleep = (names: readonly CrewName[], atMs: number): number =>
      pauses.filter(({ who, fromMs, toMs }) => names.includes(who) && fromMs <= atMs && atMs < toMs).length;
    for (const { atMs, act, untilMs } of planned) {
      if (act.kind === "pause") expect(asleep(["gen-1", "gen-2"], atMs), `seed ${seed}`).toBeLessThanOrEqual(1);
      if (act.kind === "empty-queue") expect(asleep(["gen-1", "gen-2"], atMs), `seed ${seed}`).toBe(0);
      if (act.kind === "roll") expect(asleep(crewNames, atMs), `seed ${seed}`).toBe(0);
      if (untilMs !== undefined) expect(planned.filter((other) => other.act.kind !== "verify" && other.atMs > atMs && other.atMs < untilMs)).toEqual([]);
    }
  }
});
