import { randomBytes, randomUUID } from "node:crypto";
import { createApiKey, findPerson, grant, makeAdmin, readBalance } from "@cooly/engine";
import { fromPublicId, newUuid, scopes, toPublicId } from "@cooly/contract";
import { z } from "zod";
import type { Answer, SignIn, Task, TaskParts } from "./task.ts";

const UserAdd = z.object({
  email: z.email(),
  password: z.string().min(8).max(128).optional(),
  admin: z.boolean().default(false),
  credits: z.int().min(0).optional(),
  name: z.string().optional(),
});

/** Makes a person, or finds the one with this address. Credits that are named come in place of the free ones, and with every call. */
export const userAdd: Task = async (parts, options) => {
  const wanted = UserAdd.parse(options);
  const email = wanted.email.toLowerCase();
  const password = wanted.password ?? randomBytes(12).toString("base64url");
  const made = await parts.createPerson({
    email,
    password,
    name: wanted.name ?? email.split("@")[0]!,
    admin: wanted.admin,
    freeCredits: wanted.credits === undefined,
  });
  if (wanted.admin) await makeAdmin(parts.db, made.userId);
  if (wanted.credits !== undefined && wanted.credits > 0) {
    await grant(parts.db, {
      accountId: made.accountId,
      source: "grant",
      businessKey: `user_add:${randomUUID()}`,
      credits: wanted.credits,
      expiresAt: null,
      reason: "Granted with the account",
    });
    parts.doorbell.ring("events");
  }
  const { available } = await readBalance(parts.db, made.accountId);
  return {
    ok: true,
    id: toPublicId("account", made.accountId),
    email,
    created: made.created,
    credits: available,
    ...(made.created && wanted.password === undefined && { password }),
  };
};

const Seed = z.object({ email: z.email().optional() });

/** A first admin and somebody to try things as. Passwords are told only of those whom this call has made. */
export const seed: Task = async ({ createPerson, db, firstPeople }, options) => {
  const { email } = Seed.parse(options);
  const made = (address: string): SignIn => ({ email: address, password: randomBytes(12).toString("base64url") });
  const admin = email === undefined ? (firstPeople?.admin ?? made("admin@cooly.local")) : made(email.toLowerCase());
  const demo = firstPeople?.demo ?? made("demo@cooly.local");
  const people: object[] = [];
  for (const { isAdmin, name, ...person } of [
    { ...admin, name: "Admin", isAdmin: true },
    { ...demo, name: "Demo", isAdmin: false },
  ]) {
    const { userId, accountId, created } = await createPerson({ ...person, name, admin: isAdmin, freeCredits: true });
    if (isAdmin) await makeAdmin(db, userId);
    people.push({ id: toPublicId("account", accountId), email: person.email, admin: isAdmin, created, ...(created && { password: person.password }) });
  }
  return { ok: true, people };
};

const KeyAdd = z.object({
  email: z.email(),
  name: z.string().trim().min(1).max(100).default("cooly"),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .default([...scopes]),
});

export const keyAdd: Task = async ({ db }, options) => {
  const wanted = KeyAdd.parse(options);
  const person = await findPerson(db, wanted.email);
  if (!person?.account_id) return nobody(wanted.email);
  const { key, record } = await createApiKey(db, { accountId: person.account_id, name: wanted.name, scopes: wanted.scopes, expiresAt: null });
  return { ok: true, id: toPublicId("apiKey", record.id), key, name: wanted.name, scopes: wanted.scopes };
};

const CreditsGrant = z.object({
  email: z.email(),
  credits: z.int().min(1).max(1_000_000_000),
  reason: z.string().trim().min(1).max(500),
  key: z.string().max(200).optional(),
});

export const creditsGrant: Task = async ({ db, doorbell }: TaskParts, options) => {
  const wanted = CreditsGrant.parse(options);
  const person = await findPerson(db, wanted.email);
  if (!person?.account_id) return nobody(wanted.email);
  const businessKey = `grant:${wanted.key ?? newUuid()}`;
  const outcome = await grant(db, {
    accountId: person.account_id,
    source: "grant",
    businessKey,
    credits: wanted.credits,
    expiresAt: null,
    reason: wanted.reason,
  });
  doorbell.ring("events");
  const { available } = await readBalance(db, person.account_id);
  return { ok: true, granted: outcome === "granted" ? wanted.credits : 0, already: outcome === "exists", available };
};

const nobody = (email: string): Answer => ({ ok: false, code: "not_found", message: `nobody has the address ${email}` });

export const outputUuid = (id: string): string | null => fromPublicId("output", id);
