"use client";

import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Event } from "@cooly/contract";
import { keys, NoReply } from "../api/index.ts";
import { refreshLedger } from "../credits/index.ts";
import { catchUp, pendingIds } from "../generations/index.ts";
import { announce } from "./announcer.tsx";
import { applyEvent } from "./apply.ts";
import { connection, connectionOf, type Signs } from "./connection.ts";
import { openStream } from "./stream.ts";
import { announcementOf, isEnd } from "./tell.ts";
import { tellTitle } from "./title.ts";

const POLL_MS = 5000;
/** Some proxies keep a stream open and let nothing through. While work is under way, silence this long is looked into. */
const SILENCE_MS = 10_000;
/** Events of one moment are brought in together. */
const GATHER_MS = 40;
const BOOKS_MS = 600;

/** Keeps everything that is cached in step with the server, for as long as somebody is signed in. */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => follow(queries), [queries]);
}

function follow(queries: QueryClient): () => void {
  let signs: Signs = { browserOnline: navigator.onLine, streamOpen: false, everOpened: false, answered: null };
  let heardAt = Date.now();
  let ended = false;
  const note = (change: Partial<Signs>) => {
    if (ended) return;
    signs = { ...signs, ...change };
    connection.set(connectionOf(signs));
  };
  const ask = () =>
    Promise.all([catchUp(queries), settleBooks(queries)]).then(
      () => note({ answered: true }),
      (error: unknown) => note({ answered: !(error instanceof NoReply) }),
    );
  const books = delayed(() => void settleBooks(queries).catch(() => undefined));
  const gather = gathering((events) => {
    for (const event of events) applyEvent(queries, event);
    if (events.some(({ type }) => type === "credits.changed")) books.soon();
    tell(events);
  });

  const endStream = openStream({
    onEvent: (event) => {
      heardAt = Date.now();
      gather.add(event);
    },
    onGap: () => void ask(),
    onState: (open) => note({ streamOpen: open, everOpened: signs.everOpened || open, ...(open ? { answered: true } : {}) }),
  });
  const poll = setInterval(() => {
    const silent = Date.now() - heardAt > SILENCE_MS && pendingIds(queries).length > 0;
    if (signs.streamOpen && !silent) return;
    heardAt = Date.now();
    void ask();
  }, POLL_MS);
  const online = () => {
    note({ browserOnline: true });
    void ask();
    // Whatever had failed meanwhile is worth another try.
    void queries.invalidateQueries({ queryKey: keys.me });
  };
  const offline = () => note({ browserOnline: false });
  window.addEventListener("online", online);
  window.addEventListener("offline", offline);

  return () => {
    ended = true;
    // Signing out closes the stream. That is no trouble, least of all of whoever signs in next.
    connection.set("starting");
    endStream();
    gather.end();
    books.end();
    clearInterval(poll);
    window.removeEventListener("online", online);
    window.removeEventListener("offline", offline);
  };
}

/** Lots and movements are not told by events; they are asked for once things have calmed down. */
async function settleBooks(queries: QueryClient): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: keys.credits }), refreshLedger(queries)]);
}

function delayed(run: () => void): { soon: () => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    soon() {
      clearTimeout(timer);
      timer = setTimeout(run, BOOKS_MS);
    },
    end: () => clearTimeout(timer),
  };
}

function tell(events: readonly Event[]): void {
  for (const event of events) {
    const text = announcementOf(event);
    if (text !== null) announce(text);
  }
  tellTitle(events.filter(isEnd).length);
}

function gathering(use: (events: readonly Event[]) => void): { add: (event: Event) => void; end: () => void } {
  let waiting: Event[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(event) {
      waiting.push(event);
      timer ??= setTimeout(() => {
        timer = undefined;
        const events = waiting;
        waiting = [];
        use(events);
      }, GATHER_MS);
    },
    end: () => clearTimeout(timer),
  };
}
