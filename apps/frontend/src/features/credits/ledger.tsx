"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type MouseEvent } from "react";
import type { LedgerEntryView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { useMedia } from "../../ui/use-media.ts";
import { Section } from "../../ui/page-frame.tsx";
import { detailPath, openDetail } from "../generations/index.ts";
import { changeOf, explain } from "./explain.ts";
import { useLedger } from "./use-ledger.ts";

const ROW = 56;
const TALL_ROW = 80;
const NEAR_END = 10;
const columns = "grid grid-cols-[minmax(0,1fr)_4.5rem_5rem] gap-x-4 sm:grid-cols-[10rem_minmax(0,1fr)_6rem_8rem]";

export function Ledger() {
  const ledger = useLedger();
  const entries = ledger.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Section title={t.credits.movements} help={t.credits.movementsHelp}>
      {ledger.isError && entries.length === 0 ? <p role="alert">{t.list.loadFailed}</p> : null}
      {ledger.isSuccess && entries.length === 0 ? <p className="text-ink-soft">{t.credits.noMovements}</p> : null}
      {entries.length > 0 ? <Table ledger={ledger} entries={entries} /> : null}
    </Section>
  );
}

interface Props {
  readonly ledger: ReturnType<typeof useLedger>;
  readonly entries: readonly LedgerEntryView[];
}

function Table({ ledger: { hasNextPage, isFetchingNextPage, fetchNextPage }, entries }: Props) {
  const body = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  // Where the columns are narrow, words and time take three lines.
  const row = useMedia("(min-width: 40rem)") ? ROW : TALL_ROW;
  const virtualizer = useWindowVirtualizer({ count: entries.length, estimateSize: () => row, overscan: 12, scrollMargin: margin });
  const drawn = virtualizer.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;

  useLayoutEffect(() => {
    if (body.current) setMargin(Math.round(body.current.getBoundingClientRect().top + window.scrollY));
  }, [entries.length]);

  useLayoutEffect(() => virtualizer.measure(), [virtualizer, row]);

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= entries.length - NEAR_END) void fetchNextPage();
  }, [last, entries.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <div role="table" aria-label={t.credits.movements} aria-rowcount={hasNextPage ? -1 : entries.length + 1}>
      <div role="row" aria-rowindex={1} className={`${columns} border-b border-line py-2 text-small text-ink-soft`}>
        <span role="columnheader" className="hidden sm:block">{t.credits.when}</span>
        <span role="columnheader">{t.credits.what}</span>
        <span role="columnheader" className="text-end">{t.credits.change}</span>
        <span role="columnheader" className="text-end">{t.credits.after}</span>
      </div>
      <div ref={body} role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {drawn.map(({ index, key, start }) => {
          const entry = entries[index];
          return entry ? <Row key={key} entry={entry} index={index} place={{ height: row, transform: `translateY(${start - margin}px)` }} /> : null;
        })}
      </div>
    </div>
  );
}

function Row({ entry, index, place }: { entry: LedgerEntryView; index: number; place: CSSProperties }) {
  const { figure, note } = changeOf(entry);
  const time = (
    <time dateTime={entry.created_at} className="figures text-small text-ink-soft sm:text-body">
      {format.moment(entry.created_at)}
    </time>
  );
  return (
    <div role="row" aria-rowindex={index + 2} data-testid="ledger-row" className={`${columns} absolute inset-x-0 top-0 content-center border-b border-line`} style={place}>
      <span role="cell" className="hidden content-center sm:block">
        {time}
      </span>
      <span role="cell" className="flex min-w-0 flex-col justify-center">
        <span className="line-clamp-2">{entry.generation_id ? <Explained entry={entry} /> : explain(entry)}</span>
        <span aria-hidden className="sm:hidden">
          {time}
        </span>
      </span>
      <span role="cell" className="figures content-center text-end">
        {figure}
        {note ? <span className="block truncate text-small text-ink-soft">{note}</span> : null}
      </span>
      <span role="cell" className="figures content-center text-end">{format.integer(entry.available_after)}</span>
    </div>
  );
}

function Explained({ entry }: { entry: LedgerEntryView }) {
  const target = { id: entry.generation_id ?? "", index: entry.output_index ?? 0 };
  function open(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    openDetail(target);
  }
  return (
    <a href={detailPath(target)} onClick={open} title={t.credits.openGeneration} className="rounded-box underline decoration-line-strong underline-offset-4 hover:decoration-ink">
      {explain(entry)}
    </a>
  );
}
