/** The ledger as one would keep it on paper: what the tables must say after every step. */

interface Lot {
  readonly id: string;
  readonly granted: number;
  expiresAtMs: number | null;
  remaining: number;
  held: number;
}

type State = "queued" | "leased" | "unknown" | "delivered" | "refused" | "failed" | "canceled" | "written_off";

export interface Output {
  id: string;
  readonly credits: number;
  readonly generation: Generation;
  state: State;
  attempt: number;
  captured: number;
  released: number;
}

interface Generation {
  id: string;
  readonly account: Account;
  readonly request: string;
  readonly parts: { readonly lot: Lot; open: number }[];
  outputs: Output[];
  cancelRequested: boolean;
}

export interface Verdict {
  readonly state: "delivered" | "refused" | "failed" | "canceled" | "written_off";
  readonly attempt: number | null;
  /** Of a delivered output; default: all of it. */
  readonly captured?: number;
}

type Accepted = { readonly outcome: "accepted" | "replayed"; readonly generation: Generation } | { readonly outcome: "mismatch" } | Insufficient;
interface Insufficient {
  readonly outcome: "insufficient";
  readonly needed: number;
  readonly available: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const inOrder = (a: Lot, b: Lot): number => (a.expiresAtMs ?? Infinity) - (b.expiresAtMs ?? Infinity) || (a.id < b.id ? -1 : 1);
export const isSettled = ({ state }: Output): boolean => !["queued", "leased", "unknown"].includes(state);

export class Account {
  readonly id: string;
  readonly lots: Lot[] = [];
  readonly generations: Generation[] = [];
  readonly grants = new Set<string>();
  private readonly requests = new Map<string, Generation>();
  spent = 0;
  expired = 0;

  constructor(id: string) {
    this.id = id;
  }

  grant(lot: { id: string; credits: number; expiresAtMs: number | null }): void {
    this.lots.push({ id: lot.id, granted: lot.credits, expiresAtMs: lot.expiresAtMs, remaining: lot.credits, held: 0 });
    this.lots.sort(inOrder);
  }

  private isExpired = ({ expiresAtMs }: Lot): boolean => expiresAtMs !== null && expiresAtMs <= Date.now();
  private spendable = (): Lot[] => this.lots.filter((lot) => lot.remaining > 0 && !this.isExpired(lot));
  toExpire = (): Lot[] => this.lots.filter((lot) => lot.remaining > 0 && this.isExpired(lot));

  accept({ key, credits, outputs }: { key: string | null; credits: number; outputs: number }): Accepted {
    const request = JSON.stringify([credits, outputs]);
    const earlier = key === null ? undefined : this.requests.get(key);
    if (earlier) return earlier.request === request ? { outcome: "replayed", generation: earlier } : { outcome: "mismatch" };
    const needed = credits * outputs;
    const available = sum(this.spendable().map(({ remaining }) => remaining));
    if (available < needed) return { outcome: "insufficient", needed, available };
    const generation: Generation = { id: "", account: this, request, parts: this.hold(needed), outputs: [], cancelRequested: false };
    const fresh = { credits, generation, state: "queued", attempt: 0, captured: 0, released: 0 } as const;
    generation.outputs = Array.from({ length: outputs }, () => ({ ...fresh, id: "" }));
    this.generations.push(generation);
    if (key !== null) this.requests.set(key, generation);
    return { outcome: "accepted", generation };
  }

  private hold(needed: number): Generation["parts"] {
    let left = needed;
    return this.spendable().flatMap((lot) => {
      const open = Math.min(lot.remaining, left);
      lot.remaining -= open;
      lot.held += open;
      left -= open;
      return open > 0 ? [{ lot, open }] : [];
    });
  }

  expire(): number {
    const lots = this.toExpire();
    for (const lot of lots) {
      this.expired += lot.remaining;
      lot.remaining = 0;
    }
    return lots.length;
  }

  figures() {
    const remaining = sum(this.lots.map((lot) => lot.remaining));
    const held = sum(this.lots.map((lot) => lot.held));
    return { available: remaining, held, spent: this.spent, granted: sum(this.lots.map(({ granted }) => granted)), expired: this.expired };
  }
}

export function settle(output: Output, { state, attempt, captured }: Verdict): "settled" | "already_settled" | "fenced" | "not_in_state" {
  if (isSettled(output)) return "already_settled";
  if (attempt !== null && (attempt !== output.attempt || output.state === "queued")) return "fenced";
  if (state === "canceled" && attempt === null && output.state !== "queued") return "not_in_state";
  if (state === "written_off" && output.state !== "unknown") return "not_in_state";
  output.state = state;
  output.captured = state === "delivered" ? Math.min(captured ?? output.credits, output.credits) : 0;
  output.released = output.credits - output.captured;
  output.generation.account.spent += output.captured;
  take(output.generation, output.captured);
  for (const { lot, credits } of take(output.generation, output.released)) lot.remaining += credits;
  return "settled";
}

/** Out of the hold, the lots that expire first before the others. */
function take({ parts }: Generation, wanted: number): { lot: Lot; credits: number }[] {
  let left = wanted;
  return parts.map((part) => {
    const credits = Math.min(part.open, left);
    part.open -= credits;
    part.lot.held -= credits;
    left -= credits;
    return { lot: part.lot, credits };
  });
}

export function cancel(generation: Generation): "requested" | "canceled" | "finished" {
  const status = statusOf(generation);
  if (status !== "open") return status === "canceled" ? "canceled" : "finished";
  generation.cancelRequested = true;
  for (const output of generation.outputs) if (output.state === "queued") settle(output, { state: "canceled", attempt: null });
  return "requested";
}

function statusOf({ outputs }: Generation): "open" | "succeeded" | "failed" | "canceled" {
  if (!outputs.every(isSettled)) return "open";
  if (outputs.some(({ state }) => state === "delivered")) return "succeeded";
  return outputs.every(({ state }) => state === "canceled") ? "canceled" : "failed";
}

export interface Books {
  readonly accounts: readonly Account[];
}

/** In the form in which the tables are read. */
export function describe({ accounts }: Books): object {
  const generations = accounts.flatMap((account) => account.generations);
  const reserved = generations.filter(({ outputs }) => outputs.some(({ credits }) => credits > 0));
  return {
    accounts: byId(accounts, (account) => account.figures()),
    lots: byId(
      accounts.flatMap(({ lots }) => lots),
      ({ remaining, held }) => ({ remaining, held }),
    ),
    reservations: byId(reserved, ({ parts }) => {
      const open = sum(parts.map((part) => part.open));
      return { open, state: open > 0 ? "open" : "settled", parts: Object.fromEntries(parts.map((part) => [part.lot.id, part.open])) };
    }),
    generations: byId(generations, statusOf),
    outputs: byId(
      generations.flatMap(({ outputs }) => outputs),
      ({ state, attempt, captured, released }) => ({ state, attempt, captured, released }),
    ),
  };
}

const byId = <Item extends { id: string }, Shown>(items: readonly Item[], show: (item: Item) => Shown): Record<string, Shown> =>
  Object.fromEntries(items.map((item) => [item.id, show(item)]));
