import pg from "pg";
import type { z } from "zod";
import { PatientPool } from "./patient-pool.ts";

/** One named, typed SQL statement. The name is its plan's name in the server and its word in logs. */
export interface Statement<Row extends z.ZodType> {
  readonly name: string;
  readonly row: Row;
  readonly text: string;
}

const registry = new Map<string, Statement<z.ZodType>>();

/** Declares a statement. Two of one name would share a plan by mistake, so that is an error at start. */
export function statement<Row extends z.ZodType>(name: string, row: Row, text: string): Statement<Row> {
  if (registry.has(name)) throw new Error(`two statements are named ${name}`);
  const declared = { name, row, text };
  registry.set(name, declared);
  return declared;
}

/** Every statement that has been declared: a test prepares them all on the migrated schema. */
export const declaredStatements = (): readonly Statement<z.ZodType>[] => [...registry.values()];

/** Runs statements: on any free connection, or, within `transaction`, on one. */
export interface Runner {
  rows<Row extends z.ZodType>(statement: Statement<Row>, values: readonly unknown[]): Promise<z.infer<Row>[]>;
  /** The only row; throws if there is none or more than one. */
  one<Row extends z.ZodType>(statement: Statement<Row>, values: readonly unknown[]): Promise<z.infer<Row>>;
  maybe<Row extends z.ZodType>(statement: Statement<Row>, values: readonly unknown[]): Promise<z.infer<Row> | null>;
}

export interface Database extends Runner {
  /** For drivers that bring statements of their own. */
  readonly pool: pg.Pool;
  transaction<T>(work: (tx: Runner) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** How many statements were sent so far: what a test counts. */
  statements(): number;
  close(): Promise<void>;
}

export interface TransactionOptions {
  /** Default: `begin`. May be followed by settings of its own. */
  readonly begin?: string;
  /** How long to wait for one answer; default: as for any other. */
  readonly patienceMs?: number;
}

export interface DatabaseOptions {
  readonly connectionString: string;
  readonly max: number;
  readonly applicationName?: string;
  /**
   * The address is a transaction pooler's: each transaction may have another session, so nothing is kept in one. Statements are
   * planned anew each time, and how long one may take is for the role's own settings to say.
   */
  readonly pooled?: boolean;
  readonly onIdleError?: (error: Error) => void;
  /** Hears that the server gives no more than so many connections. */
  readonly onNarrow?: (got: number) => void;
}

const DEADLOCK = "40P01";
const DEADLOCK_TRIES = 4;
const INT8 = 20;
const NUMERIC = 1700;

// Credits, sizes and counts are integers far below 2^53, so they are numbers here; a larger one is a bug to see at once.
function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`integer out of range: ${text}`);
  return value;
}

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === INT8 && format !== "binary") return parseInteger;
    if (oid === NUMERIC && format !== "binary") return Number;
    return pg.types.getTypeParser(oid, format as "text");
  },
} as pg.CustomTypesConfig;

/** Sends a named statement without its name: a pooler's next session has not heard of it. */
class NamelessClient extends pg.Client {
  override query = ((asked: unknown, ...others: unknown[]) => {
    const nameless = typeof asked === "object" && asked !== null && "name" in asked && "text" in asked ? { ...asked, name: undefined } : asked;
    return (pg.Client.prototype.query as (...words: unknown[]) => unknown).call(this, nameless, ...others);
  }) as pg.Client["query"];
}

/** What every session of ours begins with. A pooler refuses these where it does not know them. */
export const sessionSettings = { statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 };

export function openDatabase(options: DatabaseOptions): Database {
  let statements = 0;
  const pool = new PatientPool({
    connectionString: options.connectionString,
    max: options.max,
    types,
    application_name: options.applicationName ?? "cooly",
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // For a server that is gone without a word: it ends nothing, so we do.
    query_timeout: 32_000,
    keepAlive: true,
    ...(options.onNarrow && { onNarrow: options.onNarrow }),
    ...(options.pooled ? { Client: NamelessClient } : sessionSettings),
  });
  // Without a listener an idle connection's end would end the process.
  pool.on("error", (error) => options.onIdleError?.(error));

  const runner = (on: Pick<pg.Pool, "query">, { tries = 1, patienceMs }: { tries?: number; patienceMs?: number | undefined } = {}): Runner => {
    const patience = patienceMs === undefined ? {} : { query_timeout: patienceMs };
    const rows: Runner["rows"] = async (statement, values) => {
      const reply = await unlessDeadlocked(tries, () => {
        statements += 1;
        return on.query({ name: statement.name, text: statement.text, values: [...values], ...patience });
      });
      return reply.rows.map((row: unknown) => statement.row.parse(row)) as z.infer<typeof statement.row>[];
    };
    return {
      rows,
      async one(statement, values) {
        const [row, ...others] = await rows(statement, values);
        if (row === undefined || others.length > 0) throw new Error(`${statement.name}: expected one row`);
        return row;
      },
      async maybe(statement, values) {
        return (await rows(statement, values))[0] ?? null;
      },
    };
  };

  return {
    ...runner(pool, { tries: DEADLOCK_TRIES }),
    pool,
    async transaction(work, { begin = "begin", patienceMs } = {}) {
      const client = await pool.connect();
      let lost: Error | undefined;
      let broken: Error | undefined;
      // While it waits for something else no query of it hears that its connection is lost, and an error without a listener
      // ends the process.
      const onError = (error: Error): void => {
        lost ??= error;
      };
      client.on("error", onError);
      try {
        await client.query(begin);
        const result = await work(runner(client, { patienceMs }));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch((failure: Error) => {
          broken = failure;
        });
        // What it was asked after that only says that it is of no use any more.
        throw lost ?? error;
      } finally {
        client.off("error", onError);
        client.release(lost ?? broken);
      }
    },
    statements: () => statements,
    close: () => pool.end(),
  };
}

/** Of two that waited for each other the database ended one, and undid all of it: a statement of its own may be asked again. */
async function unlessDeadlocked<T>(tries: number, ask: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || (error as { code?: unknown }).code !== DEADLOCK) throw error;
    }
  }
}

/** Whether the database answers within this time. */
export function isThere(db: Pick<Database, "pool">, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs, false);
    const tell = (there: boolean): void => {
      clearTimeout(timer);
      resolve(there);
    };
    db.pool.query("select 1").then(
      () => tell(true),
      () => tell(false),
    );
  });
}
