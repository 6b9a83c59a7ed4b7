import { z } from "zod";
import { statement, type Database, type Runner } from "../db/index.ts";
import { judge, judgements, violationsOf, type Finding, type Judgement } from "./judge.ts";
import { recordWhole } from "./record.ts";
import { readings } from "./rules.ts";
import { whole } from "./scope.ts";
import type { Violation } from "./violation.ts";

const kinds = ["streams", "whole", "history", "live"] as const;
// What takes longest begins first.
const all = judgements("verify", whole, { kinds }).toSorted((a, b) => kinds.indexOf(a.reading.kind) - kinds.indexOf(b.reading.kind));
const PATIENCE_MS = 24 * 3_600_000;

// Of one moment, however long it takes and whatever happens meanwhile; it keeps nobody waiting.
const begin = (snapshot: string | null): string => `begin isolation level repeatable read, read only;
  ${snapshot === null ? "" : `set transaction snapshot '${snapshot}';`}
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local jit = off; set local work_mem = '64MB';
  set local random_page_cost = 1.1`;

export interface VerifyOptions {
  /** How many connections read at once. */
  readonly lanes?: number;
  /** Ends it at once, with an error: it may take minutes. */
  readonly signal?: AbortSignal;
}

export interface Verified {
  readonly violations: readonly Violation[];
  /** Those of them that were not known before. */
  readonly fresh: readonly Violation[];
  /** How many rules. */
  readonly checked: number;
}

/** The oracle: every rule that is broken, with the rows that break it. Empty when all is well. */
export async function verifyBooks(db: Database, { lanes = 1, signal }: VerifyOptions = {}): Promise<Verified> {
  const left = [...all];
  const lane = (tx: Runner): Promise<Finding[]> => stoppable({ db, tx, signal }, () => read(tx, left));
  const findings = await db.transaction(
    async (tx) => {
      if (lanes === 1) return lane(tx);
      const { id } = await tx.one(exportSnapshot, []);
      const others = Array.from({ length: lanes - 1 }, () => db.transaction(lane, { begin: begin(id), patienceMs: PATIENCE_MS }));
      return (await Promise.all([lane(tx), ...others])).flat();
    },
    { begin: begin(null), patienceMs: PATIENCE_MS },
  );
  const fresh = await recordWhole(db, findings);
  return { violations: violationsOf(findings), fresh: violationsOf(fresh), checked: readings.flatMap(({ rules }) => rules).length };
}

/** What is broken as one transaction sees it, its own changes among it. */
export const readBooks = async (tx: Runner): Promise<Violation[]> => violationsOf(await read(tx, [...all]));

async function read(tx: Runner, left: Judgement[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let next = left.shift(); next; next = left.shift()) {
    await tx.one(joinByHash, [next.reading.kind === "streams" ? "off" : "on"]);
    findings.push(...(await judge(tx, next, [])));
  }
  return findings;
}

/** The database is asked to end the statement: to hang up would leave it at work. */
async function stoppable<T>({ db, tx, signal }: { db: Runner; tx: Runner; signal: AbortSignal | undefined }, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  signal.throwIfAborted();
  const { pid } = await tx.one(backend, []);
  const stop = (): void => void db.rows(cancel, [pid]).catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  return work().finally(() => signal.removeEventListener("abort", stop));
}

const backend = statement("verify.backend", z.object({ pid: z.number() }), `select pg_backend_pid() as pid`);
const cancel = statement("verify.cancel", z.object({ done: z.boolean() }), `select pg_cancel_backend($1::int) as done`);

// Streams are merged: to hash millions of rows would take as much memory as they are.
const joinByHash = statement(
  "verify.join_by_hash",
  z.object({ join: z.string(), group: z.string() }),
  `select set_config('enable_hashjoin', $1, true) as join, set_config('enable_hashagg', $1, true) as group`,
);

const exportSnapshot = statement("verify.export_snapshot", z.object({ id: z.string() }), `select pg_export_snapshot() as id`);
