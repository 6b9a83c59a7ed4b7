/** What keeps us from working with a database, in words for whoever has to mend it. */
import { pendingMigrations, type Database } from "@cooly/engine";

const OLDEST = 150_000;

/** Throws unless it is a PostgreSQL that we know, with this version's schema. */
export async function refuseUnfit({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ number: number; name: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
  );
  const { number, name } = rows[0]!;
  if (number < OLDEST) throw new Error(`DATABASE_URL leads to PostgreSQL ${name}; Cooly needs 15 or newer.`);
  const missing = await pendingMigrations(pool);
  if (missing.length > 0) throw new Error(`the database lacks ${missing.join(", ")}; run: cooly migrate`);
}

interface Trouble extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly errors?: readonly Trouble[];
}

/** An error of the outermost kind as one sentence. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const trouble: Trouble = (error as Trouble).errors?.[0] ?? error;
  switch (trouble.code) {
    case "ECONNREFUSED":
      return `Nothing answers at ${trouble.address ?? "the address"}:${trouble.port ?? ""}, where DATABASE_URL leads: start that PostgreSQL, or correct DATABASE_URL.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `DATABASE_URL names the host ${trouble.hostname ?? ""}, which cannot be found: correct it, or check the network.`;
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `The host that DATABASE_URL names does not answer (${trouble.code}): check the network and its firewall.`;
    case "28P01":
    case "28000":
      return "The database refuses the user or the password in DATABASE_URL.";
    case "3D000":
      return "The database that DATABASE_URL names does not exist: create it, or correct DATABASE_URL.";
    case "ENOSPC":
      return `The disk is full (${trouble.message}): free some space and start again.`;
    default:
      return trouble.message || trouble.code || trouble.name;
  }
}
