"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { Labelled, TextInput } from "../../ui/field.tsx";
import { useConfig, type Config } from "../api/index.ts";
import { signIn, signUp } from "./auth.ts";
import { checkCredentials, type CredentialErrors } from "./check-credentials.ts";
import { safeReturn, withReturn } from "./return-path.ts";

type Purpose = "sign-in" | "sign-up";

/** Signs in or up; leads to where the visitor wanted to go. */
function useCredentialsForm(purpose: Purpose) {
  const router = useRouter();
  const queries = useQueryClient();
  const query = useSearchParams();
  const next = safeReturn(query.get("next"));
  const ended = query.get("ended") !== null;
  const [values, setValues] = useState({ email: "", password: "" });
  const [errors, setErrors] = useState<CredentialErrors & { form?: string }>({});
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const [ready, setReady] = useState(false);

  // What was typed before this page came to life counts, and nothing is sent before it did.
  useEffect(() => {
    const typed = new FormData(form.current ?? undefined);
    setValues({ email: String(typed.get("email") ?? ""), password: String(typed.get("password") ?? "") });
    setReady(true);
  }, []);

  async function send(credentials: typeof values) {
    const email = credentials.email.trim();
    setBusy(true);
    const outcome = await (purpose === "sign-in" ? signIn : signUp)({ ...credentials, email });
    if (outcome.ok) {
      queries.clear();
      router.replace(next);
      return;
    }
    setBusy(false);
    setErrors({ form: outcome.sentence });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = checkCredentials(values, purpose);
    setErrors(found);
    const first = found.email ? "email" : found.password ? "password" : null;
    if (first) form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    else void send(values);
  }

  function useDemo(demo: { email: string; password: string }) {
    setValues(demo);
    setErrors({});
    void send(demo);
  }

  return { values, setValues, errors, busy: busy || !ready, form, submit, useDemo, next, ended };
}

export function CredentialsForm({ purpose }: { purpose: Purpose }) {
  const config = useConfig().data;
  const { values, setValues, errors, busy, form, submit, useDemo, next, ended } = useCredentialsForm(purpose);
  const signingUp = purpose === "sign-up";

  return (
    <div className="flex flex-col gap-6">
      <h1 className="text-title font-strong">{signingUp ? t.session.signUpTitle : t.session.signInTitle}</h1>
      {ended && !signingUp ? <p role="status" className="-mt-4 text-ink-soft">{t.session.ended}</p> : null}
      {signingUp && config && !config.sign_up ? <p role="alert">{t.session.errors.closed}</p> : null}
      <form ref={form} method="post" onSubmit={submit} noValidate aria-label={signingUp ? t.session.signUp : t.session.signIn} data-testid={`${purpose}-form`} className="flex flex-col gap-4">
        <Labelled label={t.session.email} name="email" error={errors.email}>
          <TextInput type="email" name="email" autoComplete="username" required value={values.email} onChange={(event) => setValues({ ...values, email: event.target.value })} />
        </Labelled>
        <Labelled label={t.session.password} name="password" error={errors.password} {...(signingUp ? { help: t.session.passwordHelp } : {})}>
          <TextInput
            type="password"
            name="password"
            autoComplete={signingUp ? "new-password" : "current-password"}
            required
            value={values.password}
            onChange={(event) => setValues({ ...values, password: event.target.value })}
          />
        </Labelled>
        {errors.form ? (
          <p role="alert" className="text-danger">
            {errors.form}
          </p>
        ) : null}
        <Button type="submit" look="primary" disabled={busy} focusableWhenDisabled className="mt-2 w-full">
          {signingUp ? t.session.signUp : t.session.signIn}
        </Button>
      </form>
      {config?.demo && !signingUp ? <DemoEntry demo={config.demo} busy={busy} onUse={useDemo} /> : null}
      {config ? <OtherWay purpose={purpose} config={config} next={next} /> : null}
    </div>
  );
}

interface DemoProps {
  readonly demo: NonNullable<Config["demo"]>;
  readonly busy: boolean;
  readonly onUse: (demo: NonNullable<Config["demo"]>) => void;
}

function DemoEntry({ demo, busy, onUse }: DemoProps) {
  return (
    <div className="flex animate-late flex-col gap-2 border-t border-line pt-6">
      <Button disabled={busy} focusableWhenDisabled onClick={() => onUse(demo)} className="w-full">
        {t.session.useDemo}
      </Button>
      <p className="text-small text-ink-soft">{t.session.demoHelp}</p>
    </div>
  );
}

const linkClass = "font-strong text-ink underline decoration-line-strong underline-offset-4 hover:decoration-ink";

function OtherWay({ purpose, config, next }: { purpose: Purpose; config: Config; next: string }) {
  if (purpose === "sign-up") {
    return (
      <p className="animate-late text-ink-soft">
        {config.sign_up && config.free_credits > 0 ? `${t.session.freeCredits(config.free_credits)} ` : null}
        {t.session.haveAccount}{" "}
        <Link href={withReturn("/sign-in", next)} className={linkClass}>
          {t.session.signIn}
        </Link>
      </p>
    );
  }
  if (!config.sign_up) return null;
  return (
    <p className="animate-late text-ink-soft">
      {t.session.noAccount}{" "}
      <Link href={withReturn("/sign-up", next)} className={linkClass}>
        {t.session.signUp}
      </Link>
    </p>
  );
}
