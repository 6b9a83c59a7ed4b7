import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, type Event } from "@cooly/contract";
import type { EventHub, LiveEvent } from "@cooly/engine";
import type { Caller, Callers } from "./auth/caller.ts";
import { TRUST_MS } from "./auth/keys.ts";
import { readQuery } from "./http/parameters.ts";
import { connectionOf, end, lineOf, write, type Line } from "./http/takeover.ts";
import type { Views } from "./views.ts";

const HEARTBEAT_MS = 15_000;
const TICK_MS = 100;
const STREAMS_MAX = 50;
const BACKLOG_MAX_BYTES = 1024 * 1024;

export interface Stream {
  readonly caller: Caller;
  /** Everything after this id; null: from now on. */
  readonly after: number | null;
  readonly wanted: (event: LiveEvent) => boolean;
  /** Whether the stream is complete after this event. */
  readonly last: (event: LiveEvent) => boolean;
}

export interface Streams {
  open(request: IncomingMessage, response: ServerResponse, stream: Stream): Promise<void>;
  count(): number;
  close(): void;
}

export interface StreamParts {
  readonly hub: EventHub;
  readonly views: Views;
  readonly callers: Pick<Callers, "onForget" | "stillThere">;
}

/** A stream that is open, as little as it can be: there are thousands. */
interface Open extends Stream {
  line: Line;
  /** The answer, until its head is written. */
  response: ServerResponse | null;
  /** When it was last written to, in ticks of the heartbeat. */
  tick: number;
  leave: (() => void) | null;
}

/**
 * Server-sent events. One subscription a stream, two timers for all of them; a reader that does not keep up is let go and
 * may come back. A stream ends with the session or the key that opened it: at once where that was ended here, else in
 * `TRUST_MS`.
 */
export function createStreams({ hub, views, callers }: StreamParts): Streams {
  const frameOf = createFrames(views);
  const { open, ...register } = createRegister();
  const watch = setInterval(() => void endOrphans(), TRUST_MS);
  watch.unref();
  callers.onForget(() => void endOrphans());
  let tick = 0;
  // An idle process is not woken.
  let timer: NodeJS.Timeout | null = null;
  function beatOn(): void {
    tick += 1;
    beat(open, tick);
    timer = open.size > 0 ? setTimeout(beatOn, TICK_MS).unref() : null;
  }

  async function endOrphans(): Promise<void> {
    if (open.size === 0) return;
    const asked = [...open];
    // Where the database is away nobody was signed out of it.
    const there = await callers.stillThere(new Set(asked.map(({ caller }) => caller))).catch(() => null);
    if (!there) return;
    for (const one of asked) {
      if (there.has(one.caller)) continue;
      // Whoever has not even taken the last words since the time before is cut off.
      if (isOver(one)) one.line.to.destroy();
      else finish(one, "signed out");
    }
  }

  function send(one: Open, events: readonly LiveEvent[]): void {
    let text = "";
    let complete = false;
    for (const live of events) {
      if (complete) break;
      if (one.wanted(live)) text += frameOf(live);
      complete = one.last(live);
    }
    if (isOver(one)) return;
    begin(one);
    if (complete) end(one.line, text);
    else write(one.line, text);
    if (one.line.to.writableLength > BACKLOG_MAX_BYTES) one.line.to.destroy();
  }

  return {
    async open(request, response, { caller, after, wanted, last }) {
      const { accept } = request.headers;
      if (accept && !ACCEPTABLE.test(accept)) throw new Fault("not_acceptable");
      const { accountId } = caller;
      if (register.countOf(accountId) >= STREAMS_MAX) throw new Fault("too_many_streams");
      if (request.method === "HEAD") return void response.writeHead(200, STREAM_HEAD).end();
      const connection = connectionOf(response);
      if (connection.destroyed) return;
      const one: Open = { caller, after, wanted, last, line: { to: response, chunked: false }, response, tick, leave: null };
      register.add(one);
      if (timer === null) beatOn();
      connection.once("close", () => register.remove(one));
      try {
        one.leave = await hub.subscribe({ accountId, after, onEvents: (events) => send(one, events) });
      } catch (error) {
        register.remove(one);
        throw error;
      }
      if (!open.has(one)) return one.leave();
      // Only now: whoever has seen the 200 misses nothing that happens after it.
      begin(one);
    },
    count: () => open.size,
    close() {
      if (timer) clearTimeout(timer);
      clearInterval(watch);
      for (const one of open) if (!isOver(one)) finish(one, "going away");
    },
  };
}

/** Those that are open, and how many each account has. */
function createRegister() {
  // In the order in which the heartbeat last passed them.
  const open = new Set<Open>();
  const counts = new Map<string, number>();
  const countOf = (accountId: string): number => counts.get(accountId) ?? 0;
  return {
    open,
    countOf,
    add(one: Open): void {
      open.add(one);
      counts.set(one.caller.accountId, countOf(one.caller.accountId) + 1);
    },
    remove(one: Open): void {
      if (!open.delete(one)) return;
      const { accountId } = one.caller;
      const left = countOf(accountId) - 1;
      if (left === 0) counts.delete(accountId);
      else counts.set(accountId, left);
      one.leave?.();
    },
  };
}

const isOver = ({ line: { to } }: Open): boolean => to.writableEnded || to.destroyed;

/** Those that heard nothing for long; a few at a time, as they came, so that nothing else waits for thousands. */
function beat(open: Set<Open>, tick: number): void {
  for (const one of open) {
    if (tick - one.tick < HEARTBEAT_MS / TICK_MS) break;
    one.tick = tick;
    open.delete(one);
    open.add(one);
    if (!one.response && !isOver(one)) write(one.line, ": still here\n\n");
  }
}

function finish(one: Open, why: string): void {
  begin(one);
  end(one.line, `: ${why}\n\n`);
}

// Once: by the first events, or by the subscription, whichever comes first.
function begin(one: Open): void {
  const { response } = one;
  if (!response || response.destroyed) return;
  one.response = null;
  response.writeHead(200, STREAM_HEAD);
  response.write("retry: 2000\n\n");
  one.line = lineOf(response);
}

/** However many listen to an account, its events are put into words once. */
function createFrames(views: Views): (live: LiveEvent) => string {
  const frames = new WeakMap<LiveEvent, string>();
  return (live) => {
    let frame = frames.get(live);
    if (frame === undefined) {
      const event = views.event(live);
      frames.set(live, (frame = event ? format(live.seq, event) : ""));
    }
    return frame;
  };
}

export const STREAM_HEAD = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
const ACCEPTABLE = /text\/event-stream|text\/\*|\*\/\*/i;

const format = (seq: number, event: Event): string => `id: ${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Where to go on from: the header that browsers send, or a parameter for the first time. */
export function readLastEventId(request: IncomingMessage): number | null {
  const given = request.headers["last-event-id"] ?? readQuery(request.url ?? "")["last_event_id"];
  if (given === undefined || given === "") return null;
  const id = Number(given);
  if (!/^\d{1,15}$/.test(String(given)) || !Number.isSafeInteger(id)) {
    throw new Fault("invalid_parameter", {
      say: "Last-Event-ID must be the id of an event.",
      issues: [{ path: "Last-Event-ID", message: "must be a whole number" }],
    });
  }
  return id;
}
