/** Looks at PostgreSQL by doing what the product does with it: sessions, named statements, LISTEN, as many connections as a pool. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { pendingMigrations, sessionSettings } from "@cooly/engine";
import type { Finding } from "@cooly/engine/ports";
import pg from "pg";
import { explain } from "../database-check.ts";

export interface DatabasePlace {
  readonly databaseUrl: string;
  /** Null where DATABASE_DIRECT_URL is not set. */
  readonly directUrl: string | null;
  readonly poolMax: number;
}

const CONNECT_MS = 5_000;
const HEARD_MS = 1_000;
const SKEW_MAX_SECONDS = 60;
/** A transaction, what is asked beside it, and whoever listens. */
const CONNECTIONS_MIN = 3;
const OLDEST = 150_000;

export async function examineDatabase(place: DatabasePlace): Promise<readonly Finding[]> {
  const pooled = place.directUrl !== null && place.directUrl !== place.databaseUrl;
  let client: pg.Client;
  try {
    client = await open(place.databaseUrl, pooled ? {} : sessionSettings);
  } catch (error) {
    return [unreachable(error)];
  }
  try {
    const server = await examineServer(client);
    if (server.some(({ level }) => level === "failure")) return server;
    return [
      ...server,
      ...(await examineSchema(client)),
      ...(await examineSession(place, { client, pooled })),
      ...(await examineListen(place, client)),
      ...(await examineBudget(place, { client, pooled })),
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function open(connectionString: string, settings: object = {}): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: "cooly-doctor",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    ...settings,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function unreachable(error: unknown): Finding {
  if (/unsupported startup parameter/.test(String((error as Error).message))) {
    return {
      code: "database.pooler",
      level: "failure",
      says: "DATABASE_URL is the address of a transaction pooler, and the product wants sessions there.",
      cause: "PgBouncer, Supavisor and the like give each transaction another session; settings, named statements and LISTEN are lost.",
      fix: "Set DATABASE_DIRECT_URL to a session connection of the same database beside it; then DATABASE_URL may be the pooler.",
    };
  }
  if ((error as { code?: string }).code === "53300" || /remaining connection slots|too many/i.test(String((error as Error).message))) {
    return {
      code: "database.connections",
      level: "failure",
      says: "PostgreSQL takes no further connection.",
      cause: "max_connections, or the limit of this role or database, is used up.",
      fix: "End what holds them (select * from pg_stat_activity), raise the limit, or lower DATABASE_POOL_MAX of every process.",
    };
  }
  return {
    code: "database.unreachable",
    level: "failure",
    says: explain(error),
    cause: "The address, the network or the credentials in DATABASE_URL are wrong, or the server is down.",
    fix: "Try the address with psql from this machine; then correct DATABASE_URL.",
  };
}

interface Server {
  readonly number: number;
  readonly name: string;
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly skew_seconds: number;
  readonly encrypted: boolean;
}

async function examineServer(client: pg.Client): Promise<Finding[]> {
  const startedMs = Date.now();
  const { rows } = await client.query<Server>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name, pg_is_in_recovery() as standby,
       current_setting('transaction_read_only')::bool as read_only, extract(epoch from clock_timestamp())::float8 - $1::float8 / 1000 as skew_seconds,
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) or inet_client_addr() is null
         or inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1' as encrypted`,
    [startedMs],
  );
  const server = rows[0]!;
  if (server.number < OLDEST) {
    return [
      {
        code: "database.version",
        level: "failure",
        says: `PostgreSQL ${server.name} is too old; 15 or newer is needed.`,
        fix: "Upgrade the server, or point DATABASE_URL to a newer one.",
      },
    ];
  }
  if (server.standby || server.read_only) {
    return [
      {
        code: "database.read_only",
        level: "failure",
        says: "The database takes no writes.",
        cause: server.standby
          ? "DATABASE_URL leads to a standby."
          : "default_transaction_read_only is on for this role or database, as some providers do when a disk is full.",
        fix: "Point DATABASE_URL to the primary, or make room and switch it off.",
      },
    ];
  }
  const skew = Math.abs(server.skew_seconds);
  return [
    { code: "database.version", level: "good", says: `PostgreSQL ${server.name} answers.` },
    ...(skew > SKEW_MAX_SECONDS ? [skewed(skew)] : []),
    ...(server.encrypted ? [] : [clear]),
  ];
}

const skewed = (seconds: number): Finding => ({
  code: "database.clock",
  level: "warning",
  says: `The clocks of this machine and of the database are ${Math.round(seconds)} s apart.`,
  cause: "One of them is not set by NTP. Leases and deadlines go by the database's clock; links to media, sessions and logs by this one.",
  fix: "Switch time synchronisation on (timedatectl set-ntp true).",
});

const clear: Finding = {
  code: "database.clear",
  level: "warning",
  says: "What goes to the database is not encrypted on its way.",
  cause: "The server is on another machine, and the connection has no TLS.",
  fix: "Add sslmode=verify-full to DATABASE_URL if the network between is not a private one.",
};

async function examineSchema(client: pg.Client): Promise<Finding[]> {
  const missing = await pendingMigrations(client);
  if (missing.length > 0) {
    return [
      {
        code: "database.schema",
        level: "failure",
        says: `The schema lacks ${missing.length === 1 ? missing[0] : `${missing.length} migrations, from ${missing[0]} on`}.`,
        cause: "This version of Cooly is newer than the database.",
        fix: "Run: cooly migrate",
      },
    ];
  }
  const { rows } = await client.query<{ denied: string | null }>(
    `select string_agg(c.relname, ', ' order by c.relname) as denied from pg_class c
     where c.relnamespace = (select relnamespace from pg_class where oid = 'schema_migrations'::regclass) and c.relkind = 'r' and c.relname <> 'schema_migrations'
       and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))`,
  );
  const { denied } = rows[0]!;
  if (denied === null) return [{ code: "database.schema", level: "good", says: "The schema is this version's, and may be read and written." }];
  return [
    {
      code: "database.privileges",
      level: "failure",
      says: `This role may not read and write ${denied}.`,
      fix: "Run as the owner: grant select, insert, update, delete on all tables in schema public to the role; grant usage on all sequences in schema public to it.",
    },
  ];
}

/** While another's transaction holds the session that a statement was prepared in, does its name still mean anything? */
async function examineSession(place: DatabasePlace, { client, pooled }: { client: pg.Client; pooled: boolean }): Promise<Finding[]> {
  const other = await open(place.databaseUrl).catch(() => null);
  if (!other) return [];
  const name = `doctor_${randomBytes(6).toString("hex")}`;
  const ask = async (): Promise<number> => (await client.query<{ pid: number }>({ name, text: "select pg_backend_pid() as pid" })).rows[0]!.pid;
  try {
    const mine = await ask();
    await other.query("begin");
    const { rows } = await other.query<{ pid: number }>("select pg_backend_pid() as pid");
    const shared = rows[0]!.pid === mine;
    const kept = await ask().then(
      () => true,
      () => false,
    );
    await other.query("rollback");
    if (pooled)
      return [
        {
          code: "database.pooler",
          level: "good",
          says: shared ? "DATABASE_URL is a transaction pooler, and used as one." : "Sessions go over DATABASE_DIRECT_URL.",
        },
      ];
    if (kept) return [{ code: "database.statements", level: "good", says: "Named statements are kept." }];
    return [
      {
        code: "database.pooler",
        level: "failure",
        says: "Named statements are lost: DATABASE_URL is the address of a transaction pooler.",
        cause: "It gives each transaction another session (PgBouncer with pool_mode transaction, Supabase's port 6543).",
        fix: "Set DATABASE_DIRECT_URL to a session connection of the same database beside it, or use the pooler's session mode.",
      },
    ];
  } finally {
    await other.end().catch(() => undefined);
  }
}

async function examineListen({ databaseUrl, directUrl }: DatabasePlace, client: pg.Client): Promise<Finding[]> {
  let listener: pg.Client;
  try {
    listener = await open(directUrl ?? databaseUrl);
  } catch (error) {
    return [
      {
        code: "database.direct",
        level: directUrl === null ? "failure" : "warning",
        says:
          directUrl === null ? "A second connection is refused." : "DATABASE_DIRECT_URL cannot be reached; new work is found by polling, and migrations fail.",
        cause: explain(error).replaceAll("DATABASE_URL", directUrl === null ? "DATABASE_URL" : "DATABASE_DIRECT_URL"),
        fix: "Correct DATABASE_DIRECT_URL: it wants a session connection to the same database.",
      },
    ];
  }
  try {
    const channel = `cooly_doctor_${randomBytes(6).toString("hex")}`;
    const heard = new Promise<true>((resolve) => listener.once("notification", () => resolve(true)));
    await listener.query(`listen ${channel}`);
    await client.query("select pg_notify($1, '')", [channel]);
    if (await Promise.race([heard, sleep(HEARD_MS, false)])) return [{ code: "database.listen", level: "good", says: "LISTEN delivers." }];
    return [
      {
        code: "database.listen",
        level: "warning",
        says: "LISTEN does not deliver: new work and events are found by polling, up to a second later.",
        cause: "The address of LISTEN is a transaction pooler's, or leads to another database than DATABASE_URL.",
        fix: "Set DATABASE_DIRECT_URL to a session connection of the same database.",
      },
    ];
  } finally {
    await listener.end().catch(() => undefined);
  }
}

/** Opens what one process opens at load: its pool and whoever listens. */
async function examineBudget({ databaseUrl, poolMax }: DatabasePlace, { client, pooled }: { client: pg.Client; pooled: boolean }): Promise<Finding[]> {
  const wanted = poolMax + 1;
  const opened = await Promise.allSettled(Array.from({ length: wanted - 1 }, () => open(databaseUrl, pooled ? {} : sessionSettings)));
  const clients = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const got = clients.length + 1;
  try {
    if (pooled && got === wanted) return [{ code: "database.connections", level: "good", says: `The pooler takes the ${wanted} connections of a process.` }];
    const { rows } = await client.query<{ limit: number; used: number }>(
      `select current_setting('max_connections')::int as limit, (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
    );
    const { limit, used } = rows[0]!;
    const others = used - got;
    if (got === wanted) {
      const more = Math.max(0, Math.floor((limit - used) / wanted));
      return [
        {
          code: "database.connections",
          level: "good",
          says: `A process takes ${wanted} of ${limit} connections, ${others} are in use elsewhere: ${more} more processes fit.`,
        },
      ];
    }
    return [
      {
        code: "database.connections",
        level: got < CONNECTIONS_MIN ? "failure" : "warning",
        says: `Only ${got} of the ${wanted} connections of a process can be had (max_connections ${limit}, ${others} in use elsewhere).`,
        cause: "The limit of the server, of this role or of the database is too low for the pools of all processes.",
        fix: `Raise it, or set DATABASE_POOL_MAX to ${Math.max(2, got - 1)} or less; every process of the API and of the workers has a pool of its own.`,
      },
    ];
  } finally {
    await Promise.all(clients.map((one) => one.end().catch(() => undefined)));
  }
}
