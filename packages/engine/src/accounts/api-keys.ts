import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { newUuid, scopes, type Scope } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";

const ApiKey = z.object({
  id: z.string(),
  account_id: z.string(),
  name: z.string(),
  hint: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: z.date(),
  last_used_at: z.date().nullable(),
  expires_at: z.date().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

const PATTERN = /^ck_[A-Za-z0-9_-]{43}$/;

const hashOf = (key: string): Buffer => createHash("sha256").update(key).digest();

/** The key itself is in this answer and nowhere else: only its hash is kept. */
export async function createApiKey(
  db: Runner,
  key: { accountId: string; name: string; scopes: readonly Scope[]; expiresAt: Date | null },
): Promise<{ key: string; record: ApiKey }> {
  const secret = `ck_${randomBytes(32).toString("base64url")}`;
  const record = await db.one(insertKey, [newUuid(), key.accountId, key.name, secret.slice(0, 8), hashOf(secret), key.scopes, key.expiresAt]);
  return { key: secret, record };
}

const columns = `id, account_id, name, hint, scopes, created_at, last_used_at, expires_at`;

const insertKey = statement(
  "api_keys.insert",
  ApiKey,
  `insert into api_keys (id, account_id, name, hint, hash, scopes, expires_at) values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
);

/** The records of live keys, in their order; null for anything else. By hash; who calls keeps the answer for a moment. */
export async function findApiKeys(db: Runner, keys: readonly string[]): Promise<(ApiKey | null)[]> {
  const hashes = keys.map((key) => (PATTERN.test(key) ? hashOf(key) : null));
  const wanted = hashes.filter((hash) => hash !== null);
  const rows = wanted.length === 0 ? [] : await db.rows(findByHash, [wanted]);
  const byHash = new Map(rows.map(({ hash, ...key }) => [hash, key]));
  return hashes.map((hash) => (hash && byHash.get(hash.toString("hex"))) ?? null);
}

const findByHash = statement(
  "api_keys.find",
  ApiKey.extend({ hash: z.string() }),
  `select ${columns}, encode(hash, 'hex') as hash from api_keys where hash = any($1::bytea[]) and revoked_at is null and (expires_at is null or expires_at > now())`,
);

export const listApiKeys = (db: Runner, accountId: string): Promise<ApiKey[]> => db.rows(listLive, [accountId]);

const listLive = statement("api_keys.list", ApiKey, `select ${columns} from api_keys where account_id = $1 and revoked_at is null order by id desc`);

/** False if the account has no such live key. */
export const revokeApiKey = async (db: Runner, accountId: string, id: string): Promise<boolean> => (await db.maybe(revoke, [accountId, id])) !== null;

const revoke = statement(
  "api_keys.revoke",
  z.object({ id: z.string() }),
  `update api_keys set revoked_at = now() where account_id = $1 and id = $2 and revoked_at is null returning id`,
);

/** Notes when keys were last used; callers gather the ids of a while. */
export const touchApiKeys = async (db: Runner, ids: readonly string[]): Promise<void> => {
  await db.rows(touch, [ids]);
};

const touch = statement("api_keys.touch", z.object({ id: z.string() }), `update api_keys set last_used_at = now() where id = any($1::uuid[]) returning id`);

/** Of these keys and login sessions, by id, the ones that are still good. */
export async function liveCredentials(db: Runner, { keys, sessions }: { keys: readonly string[]; sessions: readonly string[] }): Promise<ReadonlySet<string>> {
  const rows = keys.length + sessions.length === 0 ? [] : await db.rows(findLive, [[...new Set(keys)], [...new Set(sessions)]]);
  return new Set(rows.map(({ id }) => id));
}

const findLive = statement(
  "credentials.find_live",
  z.object({ id: z.string() }),
  `select id::text from api_keys where id = any($1::uuid[]) and revoked_at is null and (expires_at is null or expires_at > now())
   union all select id from auth_sessions where id = any($2::text[]) and expires_at > now()`,
);
