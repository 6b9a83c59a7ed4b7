/** What is ordered, drawn from the seed: models, lengths, how many pictures, and which orders nobody will ever tell of. */
import { chance } from "../simulator/src/chance.ts";
import type { Account } from "./ground.ts";

export interface Order {
  readonly number: number;
  readonly account: Account;
  readonly key: string;
  readonly body: object;
  /** All that were told under its key: one. */
  readonly ids: Set<string>;
  /** The provider will never tell of this one. */
  readonly isSilent: boolean;
  cancel: { readonly status: number; readonly said: string | null } | null;
}

export interface Draw {
  readonly seed: number;
  /** How many orders the provider is never to tell of. */
  readonly silent: number;
  readonly accounts: readonly Account[];
}

const MODELS = ["sim/poll", "sim/poll", "sim/sync", "sim/keyed", "sim/hook"] as const;
const SILENT_MS = 6 * 3_600_000;
const LONG_SHARE = 0.12;

export function drawOrder(number: number, { seed, silent, accounts }: Draw): Order {
  const draw = (what: string): number => chance(seed, number, what);
  const isSilent = number > 4 && number <= 4 + silent;
  const isLong = draw("long") < LONG_SHARE;
  const [model, script] = isSilent ? silentModel : isLong ? longModel(draw) : [MODELS[Math.floor(draw("model") * MODELS.length)]!, null];
  return {
    number,
    account: accounts[Math.floor(draw("account") * accounts.length)]!,
    key: `order-${number}`,
    body: {
      model,
      input: { prompt: `order ${number}`, ...(script && { script: JSON.stringify(script) }) },
      outputs: isSilent ? 1 : 1 + Math.floor(draw("outputs") * 3),
    },
    ids: new Set(),
    isSilent,
    cancel: null,
  };
}

const silentModel = ["sim/hook", { fault: "drop_after_read", latency_ms: SILENT_MS }] as const;

function longModel(draw: (what: string) => number): readonly [string, object] {
  const script = { latency_ms: Math.round(2_000 + draw("length") * 5_000) };
  return [draw("sync") < 0.7 ? "sim/sync" : MODELS[Math.floor(draw("model") * MODELS.length)]!, script];
}
