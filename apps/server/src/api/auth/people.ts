/** People sign in through a library that is kept well; credits and keys are ours. */
import { randomUUID } from "node:crypto";
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { fromNodeHeaders } from "better-auth/node";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { ensureAccount, findPerson, makeAdmin, sessionTokensOf } from "@cooly/engine";
import type { ApiParts, ApiSettings } from "../parts.ts";
import { createFront, troubles } from "./front.ts";
import { createKept, type Kept } from "./kept.ts";

export interface SignedIn {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly admin: boolean;
  readonly accountId: string;
}

export interface NewPerson {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly admin: boolean;
}

export interface People {
  /** Answers /api/auth/*, once the body has been looked at. */
  readonly handler: (request: IncomingMessage, response: ServerResponse, body: Record<string, unknown> | null) => Promise<void>;
  /** `cookies`: what the answer must set, where the session was prolonged or is over. */
  session(headers: IncomingHttpHeaders): Promise<{ person: SignedIn | null; cookies: readonly string[] }>;
  /** For operators: makes the person, or finds the one with this address. Finishes what an interrupted call began. */
  createPerson(person: NewPerson): Promise<{ userId: string; accountId: string; created: boolean }>;
}

const timestamps = { createdAt: "created_at", updatedAt: "updated_at" };

type PeopleParts = Pick<ApiParts, "db" | "settings" | "log" | "cache">;

export function createPeople({ db, settings, log, cache }: PeopleParts): People {
  const newcomers = { freeCredits: settings.freeCredits, freeCreditsDays: settings.freeCreditsDays };
  const kept = cache && createKept({ cache, secret: settings.authSecret, tokensOf: (userId) => sessionTokensOf(db, userId) });
  const auth = betterAuth({
    ...optionsFor({ db, settings, log }),
    ...(kept && { secondaryStorage: kept.storage, verification: { ...verification, storeInDatabase: true } }),
    databaseHooks: hooksFor(async (user) => void (await ensureAccount(db, user, newcomers)), kept),
  });

  return {
    handler: createFront(auth.handler, settings.publicUrl),
    async session(headers) {
      const asked = await auth.api.getSession({ headers: fromNodeHeaders(headers), returnHeaders: true }).catch(unlessGone);
      if (!asked) return { person: null, cookies: [] };
      const { response, headers: answered } = asked;
      const cookies = answered.getSetCookie();
      if (!response) return { person: null, cookies };
      const { user } = response;
      kept?.note(response);
      const accountId = await ensureAccount(db, { userId: user.id, name: user.name }, newcomers);
      return {
        person: { sessionId: response.session.id, userId: user.id, email: user.email, name: user.name, admin: user.role === "admin", accountId },
        cookies,
      };
    },
    async createPerson({ email, password, name, admin }) {
      const { internalAdapter, password: passwords } = await auth.$context;
      const earlier = await findPerson(db, email);
      const userId =
        earlier?.id ?? (await internalAdapter.createUser({ email: email.toLowerCase(), name, emailVerified: true }, { method: "email-password" })).id;
      const identities = await internalAdapter.findAccounts(userId);
      if (identities.length === 0)
        await internalAdapter.linkAccount({ userId, providerId: "credential", accountId: userId, password: await passwords.hash(password) });
      if (admin && earlier?.role !== "admin") {
        await makeAdmin(db, userId);
        await kept?.forget(userId);
      }
      return { userId, accountId: await ensureAccount(db, { userId, name }, newcomers), created: earlier === null };
    },
  };
}

/** It went while the library was prolonging it. */
function unlessGone(error: unknown): null {
  if ((error as { statusCode?: unknown }).statusCode === 401) return null;
  throw error;
}

const verification = { modelName: "auth_verifications", fields: { expiresAt: "expires_at", ...timestamps } };

type Welcome = (user: { userId: string; name: string }) => Promise<void>;

/** Rows are null where there was none to change, whatever their type says. */
function hooksFor(welcome: Welcome, kept: Kept | null) {
  return {
    user: {
      create: { after: ({ id: userId, name }) => welcome({ userId, name }) },
      update: {
        async after(user: { id: string } | null): Promise<void> {
          if (user) await kept?.forget(user.id);
        },
      },
    },
    session: {
      update: {
        async after(session: { token: string } | null): Promise<void> {
          if (session) await kept?.drop(session.token);
        },
      },
      delete: {
        // Should this process die after it, the session lives, and is only not kept.
        async before({ token }: { token: string }): Promise<void> {
          await kept?.drop(token);
        },
      },
    },
  } satisfies BetterAuthOptions["databaseHooks"];
}

/** What the library is told; its tables have our names. */
function optionsFor({ db, settings, log }: Omit<PeopleParts, "cache">) {
  return {
    database: db.pool,
    secret: settings.authSecret,
    baseURL: settings.publicUrl,
    basePath: "/api/auth",
    trustedOrigins: [...ownOrigins(settings.publicUrl), ...settings.allowedOrigins],
    emailAndPassword: { enabled: true, minPasswordLength: 8, maxPasswordLength: 128, disableSignUp: !settings.signUp },
    user: {
      modelName: "auth_users",
      fields: { emailVerified: "email_verified", ...timestamps },
      additionalFields: { role: { type: "string", input: false, defaultValue: "creator" } },
    },
    session: {
      modelName: "auth_sessions",
      fields: { userId: "user_id", expiresAt: "expires_at", ipAddress: "ip_address", userAgent: "user_agent", ...timestamps },
      // Whatever else keeps it, the database is what counts.
      storeSessionInDatabase: true,
    },
    account: {
      modelName: "auth_identities",
      fields: {
        userId: "user_id",
        accountId: "account_id",
        providerId: "provider_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
        ...timestamps,
      },
    },
    verification,
    // Ours count per address and across processes.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { log: (level, message) => log[level === "error" ? "warn" : "debug"]("auth.library", { message }) },
    advanced: {
      ...cookiesFor(settings),
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => randomUUID() },
    },
    onAPIError: {
      onError: (error) => {
        const trouble = troubles.getStore();
        if (trouble) trouble.met = error;
      },
    },
  } satisfies BetterAuthOptions;
}

type CookiePlace = Pick<ApiSettings, "publicUrl" | "cookieDomain">;

export const sessionCookie = (place: CookiePlace): string => cookieName(place, "session_token");

/** `__Host-` keeps other hosts from planting a cookie of this name; with a domain of its own the next best prefix. */
const cookieName = ({ publicUrl, cookieDomain }: CookiePlace, name: string): string =>
  `${!publicUrl.startsWith("https:") ? "" : cookieDomain === null ? "__Host-" : "__Secure-"}cooly.${name}`;

function cookiesFor(settings: ApiSettings) {
  const { publicUrl, cookieDomain } = settings;
  const secure = publicUrl.startsWith("https:");
  const names = ["session_token", "session_data", "account_data", "dont_remember"];
  return {
    cookiePrefix: "cooly",
    // Else the library puts a prefix of its own before these names.
    useSecureCookies: false,
    cookies: Object.fromEntries(names.map((name) => [name, { name: cookieName(settings, name) }])),
    ...(cookieDomain !== null && { crossSubDomainCookies: { enabled: true, domain: cookieDomain } }),
    defaultCookieAttributes: { httpOnly: true, sameSite: "lax" as const, secure },
  };
}

/** On one's own machine, `localhost` and `127.0.0.1` are the same place. */
export function ownOrigins(publicUrl: string): string[] {
  const { origin, protocol, port, hostname } = new URL(publicUrl);
  const local = ["localhost", "127.0.0.1", "[::1]"];
  if (!local.includes(hostname)) return [origin];
  return local.map((host) => `${protocol}//${host}${port ? `:${port}` : ""}`);
}
