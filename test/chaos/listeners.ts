/** Clients of the event stream that are cut off now and then and go on from the last id that they saw. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, Ground } from "./ground.ts";

export interface Listener {
  readonly account: Account;
  last: number;
  connects: number;
  /** Ids that were not above the one before, or left one out. */
  regressions: number;
  gaps: number;
  /** How often the end of each generation was told. */
  readonly ends: Map<string, number>;
  /** Generations of which something was told after their end. */
  readonly afterwards: Set<string>;
}

export interface Listeners {
  readonly all: readonly Listener[];
  /** Goes on until each has seen the last event of its account, or the time is over. */
  end(lastOf: (account: Account) => Promise<number>, withinMs: number): Promise<void>;
}

const terminal = new Set(["generation.succeeded", "generation.failed", "generation.canceled"]);
const SHORTEST_MS = 1_500;
const LONGEST_MS = 6_000;

export function startListeners({ accounts, apis }: Pick<Ground, "accounts" | "apis">, each: number): Listeners {
  const stop = new AbortController();
  const all = accounts.flatMap((account) => Array.from({ length: each }, () => newListener(account)));
  const urls = Object.values(apis);
  const running = all.map(async (listener, place) => {
    while (!stop.signal.aborted) {
      listener.connects += 1;
      const cut = AbortSignal.any([stop.signal, AbortSignal.timeout(Math.round(SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS)))]);
      await listen(listener, urls[(place + listener.connects) % urls.length]!, cut).catch(() => undefined);
      await sleep(100 + Math.random() * 200);
    }
  });
  return {
    all,
    async end(lastOf, withinMs) {
      const endMs = performance.now() + withinMs;
      for (const listener of all) {
        const last = await lastOf(listener.account);
        while (listener.last < last && performance.now() < endMs) await sleep(50);
      }
      stop.abort();
      await Promise.all(running);
    },
  };
}

const newListener = (account: Account): Listener => ({ account, last: 0, connects: 0, regressions: 0, gaps: 0, ends: new Map(), afterwards: new Set() });

async function listen(listener: Listener, url: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${listener.account.bearer}`, accept: "text/event-stream", "last-event-id": String(listener.last) };
  const response = await fetch(`${url}/v1/events`, { headers, signal });
  if (!response.ok || !response.body) return void response.body?.cancel();
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (text + chunk).split("\n\n");
    text = frames.pop()!;
    for (const frame of frames) note(listener, frame);
  }
}

function note(listener: Listener, frame: string): void {
  const id = /^id: (\d+)$/m.exec(frame)?.[1];
  if (id === undefined) return;
  const seq = Number(id);
  if (seq <= listener.last) listener.regressions += 1;
  else if (seq > listener.last + 1) listener.gaps += 1;
  listener.last = Math.max(listener.last, seq);
  const { type, generation_id: generation } = JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as { type: string; generation_id?: string };
  if (generation === undefined) return;
  if (terminal.has(type)) listener.ends.set(generation, (listener.ends.get(generation) ?? 0) + 1);
  else if (listener.ends.has(generation)) listener.afterwards.add(generation);
}
