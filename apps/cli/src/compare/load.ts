/** What is asked of both installations, by a seed: the same words in the same order. */
export interface LoadOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly usersMax: number;
}

export interface Order {
  readonly prompt: string;
  /** Of the run, so that it can be found; unique together with what the run adds. */
  readonly name: string;
}

export interface Step {
  readonly users: number;
  /** For each user, the orders of one after the other. */
  readonly orders: readonly (readonly Order[])[];
}

export interface Load {
  /** Not measured: opens connections, and wakes who sleeps. */
  readonly warmUp: Order;
  readonly rounds: readonly { readonly first: Side; readonly orders: readonly Order[] }[];
  readonly steps: readonly Step[];
  /** At most, for each of the two: a step that is missed is tried once more. */
  readonly ordersMost: number;
}

export type Side = "a" | "b";
export const sides = ["a", "b"] as const satisfies readonly Side[];
export const otherSide = (side: Side): Side => (side === "a" ? "b" : "a");

export const MODEL = "demo/painter";
/** The cheapest that this model makes. */
export const SIZE = "512x512";
export const ORDERS_OF_A_ROUND = 4;
export const READS_OF_A_ROUND = 20;
/** Orders of one user in one step. */
export const VISITS = 2;
/** What is searched for to find again what a comparison made. */
export const PREFIX = "cooly compare";

const places = ["a harbour", "a forest", "mountains", "a desert", "a lake", "a city", "a meadow", "an island"];
const times = ["at dawn", "at noon", "at sunset", "at night"];
const seasons = ["in spring", "in summer", "in autumn", "in winter"];

export function planLoad({ seed, rounds, usersMax }: LoadOptions): Load {
  const random = randomOf(seed);
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]!;
  const order = (name: string): Order => ({ name, prompt: `${PREFIX} ${seed}: ${pick(places)} ${pick(times)} ${pick(seasons)}` });
  const some = (count: number, name: string): Order[] => Array.from({ length: count }, (_, index) => order(`${name}-${index + 1}`));
  const warmUp = order("warm-up");
  const toss = random() < 0.5;
  const planned = Array.from({ length: rounds }, (_, index) => ({
    first: toss === (index % 2 === 0) ? ("a" as const) : ("b" as const),
    orders: some(ORDERS_OF_A_ROUND, `round${index + 1}`),
  }));
  const steps = stepsTo(usersMax).map((users) => ({
    users,
    orders: Array.from({ length: users }, (_, user) => some(VISITS, `users${users}-${user + 1}`)),
  }));
  const ofSteps = steps.reduce((sum, { users }) => sum + users * VISITS, 0);
  return { warmUp, rounds: planned, steps, ordersMost: 1 + rounds * ORDERS_OF_A_ROUND + 2 * ofSteps };
}

/** 1, 2, 4 and so on, and the most at last. */
export function stepsTo(most: number): number[] {
  const steps: number[] = [];
  for (let users = 1; users < most; users *= 2) steps.push(users);
  return most >= 1 ? [...steps, most] : [];
}

/** Mulberry32: the same row of numbers for a seed, everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
