/** What happens when, drawn whole from a seed before anything begins. */
import type { Direction, Faults } from "../rig/fault-proxy.ts";
import { openDice, type Dice } from "./dice.ts";

export const crewNames = ["api-1", "api-2", "relay", "gen-1", "gen-2", "capture", "sweeper"] as const;
export type CrewName = (typeof crewNames)[number];
/** Between the processes and the database, and between the workers and the provider. */
export type Line = "database" | "provider";

export type Act =
  | { readonly kind: "kill"; readonly who: CrewName }
  | { readonly kind: "pause"; readonly who: CrewName; readonly forMs: number }
  | { readonly kind: "roll"; readonly who: readonly CrewName[] }
  | { readonly kind: "copies"; readonly copies: number }
  | { readonly kind: "restart-database" }
  | { readonly kind: "terminate-backends"; readonly forMs: number }
  | { readonly kind: "network"; readonly line: Line; readonly direction: Direction | "both"; readonly faults: Faults; readonly forMs: number }
  | { readonly kind: "reset"; readonly line: Line }
  | { readonly kind: "half-close"; readonly line: Line; readonly direction: Direction }
  | { readonly kind: "cut-replies"; readonly share: number; readonly forMs: number }
  | { readonly kind: "empty-queue" }
  | { readonly kind: "verify" };

export interface Planned {
  readonly atMs: number;
  readonly act: Act;
  /** Nothing else begins before it has ended, which is planned for then. */
  readonly untilMs?: number;
}

/** Three times the lease. */
export const PAUSE_MS = 18_000;
const BEGIN_MS = 1_500;
const START_MS = 3_500;
const ROLL_ONE_MS = 3_000;
const EMPTY_MS = 4_000;
const QUIET_MS = 2_500;
const VERIFY_EVERY_MS = 10_000;
const SHORT_MS = 60_000;

const pauseOf = (who: CrewName): Act => ({ kind: "pause", who, forMs: PAUSE_MS });

/** Things happen on two tracks, to processes and to lines, side by side; a rolling restart and an empty queue have both for themselves. */
export function drawSchedule({ seed, ms }: { readonly seed: number; readonly ms: number }): Planned[] {
  const dice = openDice(seed);
  const planned: Planned[] = [];
  const isShort = ms < SHORT_MS;
  const processes = dealer(dice, () => processCards(dice), isShort ? [pauseOf(dice.pick(["gen-1", "gen-2"] as const))] : []);
  const [heavy, light] = [dealer(dice, () => databaseCards(dice)), dealer(dice, () => networkCards(dice))];
  const busy = new Map<CrewName, number>();
  const alone = aloneActs(dice, ms);
  let [processMs, lineMs] = [BEGIN_MS, BEGIN_MS + 500];
  for (;;) {
    const atMs = Math.min(processMs, lineMs);
    if (atMs >= ms) break;
    const next = alone[0];
    if (next && atMs >= next.fromMs) {
      alone.shift();
      const beginMs = Math.max(processMs, lineMs, ...next.names.map((name) => busy.get(name) ?? 0)) + QUIET_MS;
      processMs = lineMs = Math.round(beginMs + next.takesMs);
      planned.push({ atMs: Math.round(beginMs), act: next.act, untilMs: processMs });
    } else if (processMs <= lineMs) {
      const act = settle(processes.deal(), { busy, atMs, dice });
      if (act) planned.push({ atMs: Math.round(atMs), act });
      processMs += dice.between(1_200, 2_800);
    } else {
      const act = (planned.length % 2 === 0 ? heavy : light).deal();
      planned.push({ atMs: Math.round(atMs), act });
      lineMs += ("forMs" in act ? act.forMs : 0) + dice.between(1_000, 2_500);
    }
  }
  for (let atMs = VERIFY_EVERY_MS; atMs < ms; atMs += VERIFY_EVERY_MS) planned.push({ atMs, act: { kind: "verify" } });
  return planned.toSorted((a, b) => a.atMs - b.atMs);
}

/** Every card once, in any order, then all of them anew: a short run sees few kinds twice, a long one all of them often. */
function dealer(dice: Dice, cards: () => readonly Act[], first: readonly Act[] = []): { deal(): Act } {
  let deck: Act[] = [...first];
  return {
    deal() {
      if (deck.length === 0) deck = dice.shuffle(cards());
      return deck.pop()!;
    },
  };
}

interface Occupied {
  readonly busy: Map<CrewName, number>;
  readonly atMs: number;
  readonly dice: Dice;
}

// Whoever is stopped, or has just been started, is left alone: somebody else's turn. One worker of two stays awake.
function settle(act: Act, { busy, atMs, dice }: Occupied): Act | null {
  if (act.kind !== "kill" && act.kind !== "pause") return act;
  const isFree = (name: CrewName): boolean => (busy.get(name) ?? 0) <= atMs;
  const takesMs = act.kind === "pause" ? act.forMs + START_MS : START_MS;
  if (act.kind === "pause" && !(isFree("gen-1") && isFree("gen-2") && isFree(act.who))) return null;
  const who = isFree(act.who) ? act.who : dice.pick(crewNames.filter(isFree));
  busy.set(who, atMs + takesMs);
  return { ...act, who };
}

function processCards(dice: Dice): Act[] {
  const kills = [...crewNames, ...crewNames, "gen-1" as const, "gen-2" as const].map((who): Act => ({ kind: "kill", who }));
  const paused = [dice.pick(["gen-1", "gen-2"] as const), dice.pick(["relay", "capture", "sweeper"] as const)];
  const copies = [1, 2].map((): Act => ({ kind: "copies", copies: 20 }));
  return [...kills, ...copies, ...paused.map(pauseOf)];
}

function networkCards(dice: Dice): Act[] {
  const direction = (): Direction => dice.pick(["up", "down"] as const);
  const network = (line: Line, faults: Faults, more: { forMs?: number; direction?: Direction | "both" } = {}): Act => ({
    kind: "network",
    line,
    faults,
    direction: more.direction ?? "both",
    forMs: more.forMs ?? Math.round(dice.between(2_000, 4_000)),
  });
  return (["database", "provider"] as const).flatMap((line): Act[] => [
    network(line, { latencyMs: dice.whole(50, 300), jitterMs: 200 }),
    network(line, { blackhole: true }, { direction: dice.pick(["up", "down", "both"] as const) }),
    network(line, { sliceBytes: 1 }, { direction: direction(), forMs: 1_500 }),
    network(line, { bytesPerSecond: 8_000 }, { direction: direction() }),
    network(line, { cutAfterBytes: dice.whole(0, 4_000) }, { direction: direction() }),
    { kind: "reset", line },
    { kind: "half-close", line, direction: direction() },
  ]);
}

function databaseCards(dice: Dice): Act[] {
  const cuts = [1, 0.6].map((share): Act => ({ kind: "cut-replies", share, forMs: Math.round(dice.between(2_500, 4_500)) }));
  return [...cuts, { kind: "restart-database" }, { kind: "terminate-backends", forMs: 3_000 }];
}

interface Alone {
  readonly fromMs: number;
  readonly act: Act;
  readonly takesMs: number;
  /** Who must be awake for it. */
  readonly names: readonly CrewName[];
}

/** In a run of less than a minute three processes are restarted in turn, else all, once in a minute and a half. */
function aloneActs(dice: Dice, ms: number): Alone[] {
  const empty = (fromMs: number, names: readonly CrewName[]): Alone => ({ fromMs, act: { kind: "empty-queue" }, takesMs: EMPTY_MS, names });
  const roll = (fromMs: number, who: readonly CrewName[]): Alone => ({ fromMs, act: { kind: "roll", who }, takesMs: ROLL_ONE_MS * who.length, names: who });
  // In a short run one worker sleeps from the beginning, so that the other is alone to take what was lost.
  if (ms < SHORT_MS) return [empty(ms * 0.45, []), roll(ms * 0.5, [dice.pick(["api-1", "api-2"] as const), "relay", dice.pick(["gen-1", "gen-2"] as const)])];
  const rolls = Array.from({ length: Math.max(1, Math.floor(ms / 90_000)) }, (_, index) => roll((index + 0.25) * 90_000, dice.shuffle(crewNames)));
  return [empty(ms * 0.45, ["gen-1", "gen-2"]), ...rolls].toSorted((a, b) => a.fromMs - b.fromMs);
}

export function describe(act: Act): string {
  const { kind, ...more } = act;
  const words = Object.entries(more).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [kind, ...words].join(" ");
}
