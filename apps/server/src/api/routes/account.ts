import {
  createApiKey,
  deleteApiKey,
  Fault,
  fromPublicId,
  getCredits,
  getMe,
  listApiKeys,
  listLedger,
  toPublicId,
  type ApiKeyView,
  type LedgerEntryView,
} from "@cooly/contract";
import { createApiKey as makeKey, listApiKeys as listKeys, listTransfers, readBalance, revokeApiKey, type ApiKey, type Transfer } from "@cooly/engine";
import type { Callers } from "../auth/caller.ts";
import { bind, type BoundRoute } from "../http/route.ts";
import type { ApiParts } from "../parts.ts";

export function accountRoutes({ db }: ApiParts, callers: Pick<Callers, "forget">): BoundRoute[] {
  return [
    bind(getMe, async (_call, caller) => ({
      body: {
        object: "me" as const,
        account_id: toPublicId("account", caller.accountId),
        person: caller.by === "person" ? { email: caller.person.email, name: caller.person.name, admin: caller.person.admin } : null,
        api_key: caller.by === "key" ? { id: toPublicId("apiKey", caller.key.id), name: caller.key.name, scopes: caller.key.scopes } : null,
      },
    })),

    bind(getCredits, async (_call, caller) => {
      const { available, held, spent, lots } = await readBalance(db, caller.accountId);
      return {
        body: {
          object: "credits" as const,
          available,
          held,
          spent,
          lots: lots.map((lot) => ({ ...lot, expires_at: lot.expires_at?.toISOString() ?? null, created_at: lot.created_at.toISOString() })),
        },
      };
    }),

    bind(listLedger, async ({ query }, caller) => {
      const rows = await listTransfers(db, caller.accountId, { after: cursorOf(query.after), limit: query.limit + 1 });
      const data = rows.slice(0, query.limit).map(viewTransfer);
      return { body: { object: "list" as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: rows.length > query.limit } };
    }),

    bind(createApiKey, async ({ body }, caller) => {
      const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
      if (expiresAt && expiresAt.getTime() <= Date.now())
        throw new Fault("invalid_parameter", { say: "expires_at is in the past.", issues: [{ path: "/expires_at", message: "is in the past" }] });
      const { key, record } = await makeKey(db, { accountId: caller.accountId, name: body.name, scopes: body.scopes, expiresAt });
      return { body: { ...viewKey(record), key } };
    }),

    bind(listApiKeys, async (_call, caller) => {
      const data = (await listKeys(db, caller.accountId)).map(viewKey);
      return { body: { object: "list" as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: false } };
    }),

    bind(deleteApiKey, async ({ params }, caller) => {
      const id = params["id"]!;
      const uuid = fromPublicId("apiKey", id);
      if (!uuid || !(await revokeApiKey(db, caller.accountId, uuid))) throw new Fault("not_found");
      callers.forget();
      return { body: { id, object: "api_key" as const, deleted: true as const } };
    }),
  ];
}

function cursorOf(after: string | undefined): number | null {
  if (after === undefined) return null;
  if (!/^\d{1,15}$/.test(after)) throw new Fault("invalid_cursor", { issues: [{ path: "after", message: "is not a cursor of this list" }] });
  return Number(after);
}

const viewKey = (record: ApiKey): ApiKeyView => ({
  id: toPublicId("apiKey", record.id),
  object: "api_key" as const,
  name: record.name,
  hint: record.hint,
  scopes: record.scopes,
  created_at: record.created_at.toISOString(),
  last_used_at: record.last_used_at?.toISOString() ?? null,
  expires_at: record.expires_at?.toISOString() ?? null,
});

/** What each kind does to the two figures that people see. */
const effects: Record<Transfer["kind"], { available: -1 | 0 | 1; held: -1 | 0 | 1 }> = {
  grant: { available: 1, held: 0 },
  reserve: { available: -1, held: 1 },
  capture: { available: 0, held: -1 },
  release: { available: 1, held: -1 },
  expire: { available: -1, held: 0 },
  clawback: { available: -1, held: 0 },
};

const viewTransfer = (row: Transfer): LedgerEntryView => ({
  id: String(row.id),
  kind: row.kind,
  credits: row.credits,
  available_change: effects[row.kind].available * row.credits || 0,
  held_change: effects[row.kind].held * row.credits || 0,
  available_after: row.available_after,
  generation_id: row.generation_id === null ? null : toPublicId("generation", row.generation_id),
  output_index: row.output_index,
  reason: row.reason,
  created_at: row.created_at.toISOString(),
});
