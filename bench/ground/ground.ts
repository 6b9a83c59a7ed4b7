/** What a bench stands on: a durable PostgreSQL of its own with a database for each side, Redis where there is one, and users. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createApiKey, grant, migrate, openDatabase, type Database } from "@cooly/engine";
import { startEmbeddedPostgres } from "../../apps/server/src/compose/embedded-postgres.ts";
import { endAll } from "./processes.ts";
import { startRedis, type RedisServer } from "../../test/servers/redis.ts";

export interface User {
  readonly accountId: string;
  readonly bearer: string;
}

export interface Ground {
  /** A folder that is gone with it. */
  readonly home: string;
  readonly postgresPid: number;
  readonly postgresLog: string;
  readonly redis: RedisServer | null;
  /** The same in every database of ours. The first is the hot one, and the one with a past. */
  readonly users: readonly User[];
  readonly admin: pg.Pool;
  /** Migrated and with the users, or empty. Made when first asked for; answers its address. */
  database(name: string, kind: "cooly" | "empty"): Promise<string>;
  /** The names of all that were made as ours. */
  ours(): readonly string[];
  urlOf(name: string): string;
  /** One connection, for whoever asks to end. */
  connect(name: string): Promise<pg.Client>;
  /** Ends every process of the run, and leaves nothing. */
  close(): Promise<void>;
}

const USERS = 256;
const CREDITS = 1_000_000_000;
// All sides of a suite keep their pools open from round to round.
const CONNECTIONS = 120;
const TEMPLATE = "cooly_template";

export async function openGround(path: string): Promise<Ground> {
  const home = await mkdtemp(join(tmpdir(), "cooly-bench-"));
  const undo: (() => unknown)[] = [() => rm(home, { recursive: true, force: true })];
  let closing: Promise<void> | null = null;
  const undoAll = async (): Promise<void> => {
    await endAll();
    for (const step of undo.toReversed()) await step();
  };
  const close = (): Promise<void> => (closing ??= undoAll());
  try {
    const postgres = await startEmbeddedPostgres({ home, durable: true, connections: CONNECTIONS });
    undo.push(() => postgres.stop());
    const admin = new pg.Pool({ connectionString: postgres.url, max: 2 });
    admin.on("error", () => undefined);
    undo.push(() => admin.end());
    // Every statement in the server's log says whose database it was sent to.
    await admin.query("alter system set log_line_prefix = '%d '");
    await admin.query("alter system set log_parameter_max_length = 0");
    await admin.query("select pg_reload_conf()");
    const redis = await startRedis(home, path);
    const urlOf = (name: string): string => Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
    const users = await makeTemplate(admin, urlOf(TEMPLATE));
    const made = new Map<string, "cooly" | "empty">();
    return {
      home,
      postgresPid: postgres.pid,
      postgresLog: join(home, "log", "postgres.log"),
      redis,
      users,
      admin,
      urlOf,
      async database(name, kind) {
        if (!made.has(name)) await admin.query(`create database ${name}${kind === "cooly" ? ` template ${TEMPLATE} strategy file_copy` : ""}`);
        made.set(name, kind);
        return urlOf(name);
      },
      async connect(name) {
        const client = new pg.Client(urlOf(name));
        await client.connect();
        return client;
      },
      ours: () => [...made].flatMap(([name, kind]) => (kind === "cooly" ? [name] : [])),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeTemplate(admin: pg.Pool, url: string): Promise<User[]> {
  await admin.query(`create database ${TEMPLATE}`);
  await migrate({ connectionString: url });
  const db = openDatabase({ connectionString: url, max: 2, applicationName: "cooly-bench" });
  return createUsers(db).finally(() => db.close());
}

async function createUsers(db: Database): Promise<User[]> {
  const ids = Array.from({ length: USERS }, () => randomUUID());
  await db.pool.query("insert into accounts (id, name) select id, 'bench' from unnest($1::uuid[]) as id", [ids]);
  return db.transaction(async (tx) => {
    const users: User[] = [];
    for (const accountId of ids) {
      await grant(tx, { accountId, source: "grant", businessKey: accountId, credits: CREDITS, expiresAt: null, reason: null });
      const { key } = await createApiKey(tx, { accountId, name: "bench", scopes: ["generations:write", "generations:read"], expiresAt: null });
      users.push({ accountId, bearer: key });
    }
    return users;
  });
}
