import { z } from "zod";
import { newUuid, transferKinds } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";

export interface Grant {
  readonly accountId: string;
  readonly source: "sign_up" | "grant" | "purchase" | "plan";
  /** What it is granted for: the same key again grants nothing. */
  readonly businessKey: string;
  readonly credits: number;
  readonly expiresAt: Date | null;
  readonly reason: string | null;
}

/** Adds a lot. `exists`: this was granted before. */
export async function grant(db: Runner, lot: Grant): Promise<"granted" | "exists"> {
  const { granted } = await db.one(grantLot, [newUuid(), lot.accountId, lot.source, lot.businessKey, lot.credits, lot.expiresAt, lot.reason]);
  return granted ? "granted" : "exists";
}

// Locks the account.
const grantLot = statement("ledger.grant", z.object({ granted: z.boolean() }), `select ledger_grant($1, $2, $3, $4, $5, $6, $7) as granted`);

/** Empties lots past their expiry, of up to `accounts` accounts. Answers how many lots. */
export async function expireLots(db: Runner, accounts: number): Promise<number> {
  return (await db.one(expire, [accounts])).expired;
}

// Locks the accounts one after the other, in the order of their ids.
const expire = statement("ledger.expire", z.object({ expired: z.number() }), `select ledger_expire($1) as expired`);

const Lot = z.object({
  source: z.string(),
  granted: z.number(),
  remaining: z.number(),
  held: z.number(),
  expires_at: z.date().nullable(),
  created_at: z.date(),
});
export type Lot = z.infer<typeof Lot>;

export interface Balance {
  /** Free to spend now: expired credit is not in it, whether swept or not. */
  readonly available: number;
  readonly held: number;
  readonly spent: number;
  readonly lots: readonly Lot[];
}

export async function readBalance(db: Runner, accountId: string): Promise<Balance> {
  const [figures, lots] = await Promise.all([db.one(readFigures, [accountId]), db.rows(readLots, [accountId])]);
  return { ...figures, lots };
}

const readFigures = statement(
  "ledger.figures",
  z.object({ available: z.number(), held: z.number(), spent: z.number() }),
  `select ledger_spendable(id) as available, held, spent from accounts where id = $1`,
);

const readLots = statement(
  "ledger.lots",
  Lot,
  `select source, granted, remaining, held, expires_at, created_at from lots
   where account_id = $1 and (held > 0 or (remaining > 0 and (expires_at is null or expires_at > clock_timestamp())))
   order by expires_at nulls last, id`,
);

/** What each of these may spend now. */
export async function readSpendable(db: Runner, accountIds: readonly string[]): Promise<Map<string, number>> {
  return new Map((await db.rows(readSpendables, [accountIds])).map(({ account_id, spendable }) => [account_id, spendable]));
}

const readSpendables = statement(
  "ledger.spendable",
  z.object({ account_id: z.string(), spendable: z.number() }),
  `select id as account_id, ledger_spendable(id) as spendable from unnest($1::uuid[]) as id`,
);

const Transfer = z.object({
  id: z.number(),
  kind: z.enum(transferKinds),
  credits: z.number(),
  available_after: z.number(),
  generation_id: z.string().nullable(),
  output_index: z.number().nullable(),
  reason: z.string().nullable(),
  created_at: z.date(),
});
export type Transfer = z.infer<typeof Transfer>;

/** Newest first; `after` is the id of the last transfer of the page before. */
export async function listTransfers(db: Runner, accountId: string, page: { after: number | null; limit: number }): Promise<Transfer[]> {
  return db.rows(readTransfers, [accountId, page.after, page.limit]);
}

const readTransfers = statement(
  "ledger.transfers",
  Transfer,
  `select id, kind, credits, available_after, generation_id, output_index, reason, created_at from transfers
   where account_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
);
