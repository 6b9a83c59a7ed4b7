"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Check, Copy } from "lucide-react";
import { useState, type FormEvent } from "react";
import { scopes, type Scope } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { Tick } from "../../ui/controls.tsx";
import { CardDialog } from "../../ui/dialog.tsx";
import { Labelled, TextInput } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useCopy } from "../../ui/use-copy.ts";
import { api, keys, Refusal, type NewApiKey } from "../api/index.ts";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Asks what for, then shows the key this once. */
export function NewKeyDialog({ open, onClose }: Props) {
  const [made, setMade] = useState<NewApiKey | null>(null);
  function close() {
    onClose();
    setMade(null);
  }
  return (
    <CardDialog open={open} onClose={close} title={made ? t.account.madeTitle : t.account.newKey} closeLabel={t.app.close}>
      {made ? <Made apiKey={made} onDone={close} /> : <Ask onMade={setMade} />}
    </CardDialog>
  );
}

interface Errors {
  readonly name?: string;
  readonly scopes?: string;
  readonly form?: string;
}

function Ask({ onMade }: { onMade: (key: NewApiKey) => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [granted, setGranted] = useState<readonly Scope[]>(scopes);
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = { ...(name.trim() ? {} : { name: t.account.keyNameMissing }), ...(granted.length > 0 ? {} : { scopes: t.account.scopesMissing }) };
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      onMade(await api.makeApiKey({ name: name.trim(), scopes: granted }));
      void queries.invalidateQueries({ queryKey: keys.apiKeys });
    } catch (error) {
      setErrors({ form: error instanceof Refusal ? error.message : t.account.failed });
    } finally {
      setBusy(false);
    }
  }

  const toggle = (scope: Scope, on: boolean) => setGranted(scopes.filter((known) => (known === scope ? on : granted.includes(known))));
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-6">
      <Labelled label={t.account.keyName} help={t.account.keyNameHelp} error={errors.name}>
        <TextInput value={name} maxLength={100} autoComplete="off" onChange={(event) => setName(event.target.value)} />
      </Labelled>
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-3">{t.account.scopes}</legend>
        {scopes.map((scope) => (
          <Tick key={scope} checked={granted.includes(scope)} onChange={(on) => toggle(scope, on)}>
            {t.account.scopeNames[scope].label}
            <span className="block text-small text-ink-soft">{t.account.scopeNames[scope].help}</span>
          </Tick>
        ))}
        {errors.scopes ? (
          <p role="alert" className="text-small text-danger">
            {errors.scopes}
          </p>
        ) : null}
      </fieldset>
      {errors.form ? (
        <p role="alert" className="text-danger">
          {errors.form}
        </p>
      ) : null}
      <Button type="submit" look="primary" disabled={busy} focusableWhenDisabled className="self-end">
        {t.account.make}
      </Button>
    </form>
  );
}

function Made({ apiKey: { key }, onDone }: { apiKey: NewApiKey; onDone: () => void }) {
  const { copied, copy } = useCopy();
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-soft">{t.account.madeBody}</p>
      <output data-testid="new-api-key" className="rounded-box border border-line bg-well p-3 font-mono text-small break-all select-all">
        {key}
      </output>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t.account.done}</Button>
        <Button look="primary" onClick={() => void copy(key)}>
          <Icon of={copied ? Check : Copy} />
          {copied ? t.account.copied : t.account.copyKey}
        </Button>
      </div>
    </div>
  );
}
