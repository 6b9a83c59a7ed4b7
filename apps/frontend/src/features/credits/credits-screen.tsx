"use client";

import type { CreditsView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { useMoment } from "../../ui/use-moment.ts";
import { PageFrame } from "../../ui/page-frame.tsx";
import { useCredits } from "../api/index.ts";
import { ListTrouble, useKeptScroll } from "../generations/index.ts";
import { Ledger } from "./ledger.tsx";
import { Lots } from "./lots.tsx";

/** What there is, where it came from, and every step to what is left. */
export function CreditsScreen() {
  const { data, isError, refetch } = useCredits();
  const late = useMoment();
  useKeptScroll("/credits", data !== undefined);
  return (
    <PageFrame title={t.credits.title}>
      {data ? (
        <>
          <Balance credits={data} />
          <Lots lots={data.lots} />
        </>
      ) : null}
      {!data && isError ? <ListTrouble onAgain={() => void refetch()} /> : null}
      {!data && !isError && late ? <p className="text-ink-soft">{t.app.loading}</p> : null}
      {data ? <Ledger /> : null}
    </PageFrame>
  );
}

function Balance({ credits: { available, held, spent } }: { credits: CreditsView }) {
  const figures = [
    { name: t.credits.available, value: available, help: t.credits.availableHelp, testId: "credits-available" },
    { name: t.credits.held, value: held, help: t.credits.heldHelp, testId: "credits-held" },
    { name: t.credits.spent, value: spent, help: t.credits.spentHelp, testId: "credits-spent" },
  ];
  return (
    <dl className="grid grid-cols-3 gap-4 border-b border-line pb-6">
      {figures.map(({ name, value, help, testId }) => (
        <div key={name} className="flex min-w-0 flex-col">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="figures text-title font-strong" data-testid={testId}>
            {format.integer(value)}
          </dd>
          <dd className="text-small text-ink-soft">{help}</dd>
        </div>
      ))}
    </dl>
  );
}
