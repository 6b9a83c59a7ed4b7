"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { MeView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { Segments } from "../../ui/controls.tsx";
import { PageFrame, Section } from "../../ui/page-frame.tsx";
import { useMe } from "../api/index.ts";
import { useKeptScroll } from "../generations/index.ts";
import { leave } from "../session/index.ts";
import { setTheme, themes, useTheme, type Theme } from "../theme/index.ts";
import { ApiKeys } from "./api-keys.tsx";

export function AccountScreen() {
  const me = useMe().data;
  const queries = useQueryClient();
  const router = useRouter();
  const theme = useTheme();
  useKeptScroll("/account", me !== undefined);
  const choices = themes.map((value) => ({ value, label: t.account.themes[value] }));

  async function signOut() {
    await leave(queries);
    router.replace("/sign-in");
  }

  return (
    <PageFrame title={t.account.title}>
      <Section
        title={t.account.you}
        aside={
          <Button size="small" data-testid="sign-out" onClick={() => void signOut()}>
            {t.session.signOut}
          </Button>
        }
      >
        {me ? <Who me={me} /> : null}
        {me?.person?.admin ? (
          <Link href="/admin/plan" className="self-start underline underline-offset-2">
            {t.plan.link}
          </Link>
        ) : null}
      </Section>
      <Section title={t.account.theme}>
        <Segments<Theme> label={t.account.theme} value={theme} choices={choices} onChange={setTheme} />
      </Section>
      <ApiKeys />
    </PageFrame>
  );
}

function Who({ me: { person, account_id: accountId } }: { me: MeView }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2">
      <dt className="text-ink-soft">{t.session.email}</dt>
      <dd className="break-words">
        {person?.email}
        {person?.admin ? <span className="ms-2 rounded-[4px] border border-line px-1 text-small text-ink-soft">{t.account.administrator}</span> : null}
      </dd>
      <dt className="text-ink-soft">{t.account.accountId}</dt>
      <dd className="font-mono text-small leading-5 break-all">{accountId}</dd>
    </dl>
  );
}
