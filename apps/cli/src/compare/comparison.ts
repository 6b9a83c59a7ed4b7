/** What was measured, and the rows that it comes down to. */
import { fasterOf, percentile, ratioOf, spread, type Spread, type Verdict } from "./figures.ts";
import { sides, type Side } from "./load.ts";

/** One round at one installation. Milliseconds. */
export interface Round {
  readonly bare: readonly number[];
  readonly lookUp: readonly number[];
  readonly read: readonly number[];
  readonly accept: readonly number[];
  readonly pickUp: readonly number[];
  readonly generation: readonly number[];
  readonly media: readonly number[];
  /** Empty where the studio's files are not at this address. */
  readonly asset: readonly number[];
}

/** What became of one step of users. */
export interface StepResult {
  readonly users: number;
  readonly requests: number;
  readonly p99: number;
  readonly failures: readonly string[];
  /** It was the installation's limit of requests that was met. */
  readonly limited: boolean;
  /** Generations that had not ended when nobody waited for them any more. */
  readonly canceled: number;
  readonly met: boolean;
}

export interface Users {
  /** 0: not even one. */
  readonly met: number;
  /** Null: as many as were tried. */
  readonly missed: number | null;
  readonly because: "target" | "failures" | "rate_limited" | null;
  readonly steps: readonly StepResult[];
}

export interface Row {
  readonly id: string;
  /** A row of the guide's table, the same for those that belong together. */
  readonly group: string;
  readonly says: string;
  readonly unit: "ms";
  readonly a: Spread;
  readonly b: Spread;
  /** Of b to a. */
  readonly ratio: Spread | null;
  readonly faster: Verdict;
}

export interface Installation {
  readonly url: string;
  readonly version: string;
  readonly name: string;
}

export interface Comparison {
  readonly at: string;
  readonly seed: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly usersMax: number;
  readonly installations: Readonly<Record<Side, Installation>>;
  readonly rows: readonly Row[];
  readonly users: Readonly<Record<Side, Users>>;
  /** Who carries more. */
  readonly carriesMore: Verdict;
  /** How many generations each was asked for. */
  readonly ordered: Readonly<Record<Side, number>>;
  /** How many of them had not ended when a step of users was missed, and were canceled. */
  readonly canceled: Readonly<Record<Side, number>>;
  /** How many may go on, as the installation could not be asked to cancel them. */
  readonly left: Readonly<Record<Side, number>>;
  /** To find them by: what `q` of the library searches for. */
  readonly prefix: string;
}

interface Measure {
  readonly id: string;
  readonly group: string;
  readonly says: string;
  /** Null: this round has none. */
  of(round: Round): number | null;
}

const at =
  (key: keyof Round, share: number) =>
  (round: Round): number | null => {
    const figure = percentile(round[key], share);
    return Number.isNaN(figure) ? null : figure;
  };

export const measures: readonly Measure[] = [
  { id: "accept_p50", group: "Backend API", says: "accept a generation, p50", of: at("accept", 0.5) },
  { id: "accept_p99", group: "Backend API", says: "accept a generation, p99", of: at("accept", 0.99) },
  { id: "read_p50", group: "Backend API", says: "read the library, p50", of: at("read", 0.5) },
  { id: "read_p99", group: "Backend API", says: "read the library, p99", of: at("read", 0.99) },
  { id: "bare_p50", group: "Backend API", says: "a bare answer, p50", of: at("bare", 0.5) },
  { id: "database", group: "Database query", says: "look up a key and its balance", of: lookUpAlone },
  { id: "pick_up", group: "Image generation", says: "accepted until picked up", of: at("pickUp", 0.5) },
  { id: "generation", group: "Image generation", says: "accepted until succeeded", of: at("generation", 0.5) },
  { id: "asset", group: "Static assets", says: "a file of the studio", of: at("asset", 0.5) },
  { id: "media", group: "Static assets", says: "a picture, by its link", of: at("media", 0.5) },
];

/** The way there and back is in both, so it is in neither. */
function lookUpAlone({ lookUp, bare }: Round): number | null {
  const figure = percentile(lookUp, 0.5) - percentile(bare, 0.5);
  return Number.isNaN(figure) ? null : figure;
}

/** A row for each figure that every round of both has. */
export function rowsOf(rounds: Readonly<Record<Side, readonly Round[]>>): Row[] {
  return measures.flatMap(({ id, group, says, of }) => {
    const [a, b] = sides.map((side) => rounds[side].map(of).filter((figure) => figure !== null));
    const [ofA, ofB] = [spread(a!), spread(b!)];
    if (!ofA || !ofB || a!.length < rounds.a.length || b!.length < rounds.b.length) return [];
    return [{ id, group, says, unit: "ms" as const, a: ofA, b: ofB, ratio: ratioOf(a!, b!), faster: fasterOf(ofA, ofB) }];
  });
}

/** From the steps in their order, each miss followed by its second try. */
export function usersOf(steps: readonly StepResult[]): Users {
  const met = Math.max(0, ...steps.filter((step) => step.met).map(({ users }) => users));
  const last = steps.at(-1);
  if (!last || last.met) return { met, missed: null, because: null, steps };
  const because = last.limited ? "rate_limited" : last.failures.length > 0 ? "failures" : "target";
  return { met, missed: last.users, because, steps };
}

/**
 * The truth lies between the last step met and the first one missed. Neighbours share an end, and are not told apart.
 * Who met a limit of requests, or the end of the steps, may carry any number above.
 */
export function carriesMore(a: Users, b: Users): Verdict {
  const above = ({ missed, because }: Users): number => (missed === null || because === "rate_limited" ? Number.POSITIVE_INFINITY : missed);
  if (a.met > above(b)) return "a";
  return b.met > above(a) ? "b" : "even";
}
