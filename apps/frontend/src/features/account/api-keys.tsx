"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { scopes, type ApiKeyView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmClose, ConfirmDialog } from "../../ui/dialog.tsx";
import { Section } from "../../ui/page-frame.tsx";
import { notify } from "../../ui/toast.tsx";
import { useNow } from "../../ui/use-now.ts";
import { api, keys } from "../api/index.ts";
import { NewKeyDialog } from "./new-key-dialog.tsx";

export function ApiKeys() {
  const list = useQuery({ queryKey: keys.apiKeys, queryFn: async () => (await api.apiKeys()).data });
  const [making, setMaking] = useState(false);
  return (
    <Section
      title={t.account.keys}
      help={t.account.keysHelp}
      aside={
        <Button size="small" onClick={() => setMaking(true)}>
          {t.account.newKey}
        </Button>
      }
    >
      {list.isError && !list.data ? <p role="alert">{t.list.loadFailed}</p> : null}
      {list.data?.length === 0 ? <p className="border-t border-line pt-3 text-ink-soft">{t.account.noKeys}</p> : null}
      {list.data && list.data.length > 0 ? <KeyList list={list.data} /> : null}
      <NewKeyDialog open={making} onClose={() => setMaking(false)} />
    </Section>
  );
}

function KeyList({ list }: { list: readonly ApiKeyView[] }) {
  const [revoking, setRevoking] = useState<ApiKeyView | null>(null);
  const now = useNow(60_000);
  return (
    <>
      <ul className="border-t border-line">
        {list.map((key) => (
          <li key={key.id} data-testid="api-key" className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 border-b border-line py-3">
            <div className="flex min-w-0 flex-col gap-0.5">
              <p className="flex min-w-0 items-baseline gap-2">
                <span className="truncate">{key.name}</span>
                <span className="shrink-0 font-mono text-small text-ink-soft">{key.hint}…</span>
              </p>
              <p className="text-small text-ink-soft">{key.scopes.length === scopes.length ? t.account.everything : key.scopes.map((scope) => t.account.scopeNames[scope].label).join(", ")}</p>
              <p className="figures flex flex-wrap gap-x-4 text-small text-ink-soft">
                <span>{`${t.account.created} ${format.date(key.created_at)}`}</span>
                <span>{`${t.account.lastUsed}: ${key.last_used_at ? format.ago(key.last_used_at, now) : t.account.neverUsed.toLowerCase()}`}</span>
                {key.expires_at ? <span>{t.account.expires(format.date(key.expires_at))}</span> : null}
              </p>
            </div>
            <Button size="small" look="quiet" aria-label={t.account.revokeLabel(key.name)} onClick={() => setRevoking(key)}>
              {t.account.revoke}
            </Button>
          </li>
        ))}
      </ul>
      <Revoke apiKey={revoking} onClose={() => setRevoking(null)} />
    </>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKeyView | null; onClose: () => void }) {
  const queries = useQueryClient();
  async function revoke() {
    if (!apiKey) return;
    onClose();
    try {
      await api.revokeApiKey(apiKey.id);
    } catch {
      notify({ text: t.account.failed });
    }
    await queries.invalidateQueries({ queryKey: keys.apiKeys });
  }
  return (
    <ConfirmDialog open={apiKey !== null} onClose={onClose} title={t.account.revokeTitle(apiKey?.name ?? "")} body={t.account.revokeBody}>
      <ConfirmClose render={<Button>{t.account.keep}</Button>} />
      <Button look="danger" onClick={() => void revoke()}>
        {t.account.revoke}
      </Button>
    </ConfirmDialog>
  );
}
