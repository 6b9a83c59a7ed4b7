import { z } from "zod";
import { newUuid } from "@cooly/contract";
import { statement, type Database, type Runner } from "../db/index.ts";
import { grant } from "../ledger/index.ts";

export interface NewcomerOptions {
  readonly freeCredits: number;
  /** How long the free credits last; null: for ever. */
  readonly freeCreditsDays: number | null;
}

/**
 * The account that this person owns, made with its free credits if there is none. Safe to call any number of times: the
 * sign-up hook calls it, and so does the first request of somebody whose hook was cut off.
 */
export async function ensureAccount(db: Database, person: { userId: string; name: string }, options: NewcomerOptions): Promise<string> {
  const owned = await db.maybe(findOwned, [person.userId]);
  if (owned) return owned.account_id;
  return db.transaction(async (tx) => {
    await tx.one(lockPerson, [person.userId]);
    const meanwhile = await tx.maybe(findOwned, [person.userId]);
    if (meanwhile) return meanwhile.account_id;
    const accountId = newUuid();
    await tx.one(openAccount, [accountId, person.name, person.userId]);
    if (options.freeCredits > 0) await grantFreeCredits(tx, { accountId, userId: person.userId }, options);
    return accountId;
  });
}

async function grantFreeCredits(tx: Runner, { accountId, userId }: { accountId: string; userId: string }, options: NewcomerOptions): Promise<void> {
  const days = options.freeCreditsDays;
  await grant(tx, {
    accountId,
    source: "sign_up",
    businessKey: `sign_up:${userId}`,
    credits: options.freeCredits,
    expiresAt: days === null ? null : new Date(Date.now() + days * 86_400_000),
    reason: "Free credits at sign-up",
  });
}

const findOwned = statement(
  "accounts.find_owned",
  z.object({ account_id: z.string() }),
  `select account_id from members where user_id = $1 and role = 'owner'`,
);

// One sign-up of a person at a time.
const lockPerson = statement("accounts.lock_person", z.object({ id: z.string() }), `select id from auth_users where id = $1 for update`);

const openAccount = statement(
  "accounts.open",
  z.object({ account_id: z.string() }),
  `with opened as (insert into accounts (id, name) values ($1, $2) returning id)
   insert into members (account_id, user_id, role) select id, $3, 'owner' from opened returning account_id`,
);

const Person = z.object({ id: z.string(), email: z.string(), name: z.string(), role: z.enum(["creator", "admin"]), account_id: z.string().nullable() });
export type Person = z.infer<typeof Person>;

export const findPerson = (db: Runner, email: string): Promise<Person | null> => db.maybe(findByEmail, [email.trim().toLowerCase()]);

const findByEmail = statement(
  "accounts.find_person",
  Person,
  `select u.id, u.email, u.name, u.role, m.account_id from auth_users u
   left join members m on m.user_id = u.id and m.role = 'owner' where u.email = $1`,
);

export const makeAdmin = async (db: Runner, userId: string): Promise<void> => {
  await db.one(promote, [userId]);
};

const promote = statement(
  "accounts.promote",
  z.object({ id: z.string() }),
  `update auth_users set role = 'admin', updated_at = now() where id = $1 returning id`,
);

/** Of the login sessions of this person that are still good. */
export const sessionTokensOf = async (db: Runner, userId: string): Promise<string[]> => (await db.rows(findTokens, [userId])).map(({ token }) => token);

const findTokens = statement(
  "accounts.find_session_tokens",
  z.object({ token: z.string() }),
  `select token from auth_sessions where user_id = $1 and expires_at > now()`,
);
