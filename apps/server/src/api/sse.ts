import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, type Event } from "@cooly/contract";
import type { EventHub, LiveEvent } from "@cooly/engine";
import { TRUST_MS, type Caller, type Callers } from "./auth/caller.ts";
import { readQuery } from "./http/parameters.ts";
import type { Views } from "./views.ts";

const HEARTBEAT_MS = 15_000;
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

/**
 * Server-sent events. One subscription a stream, two timers for all of them; a reader that does not keep up is let go and
 * may come back. A stream ends with the session or the key that opened it: at once where that was ended here, else in
 * `TRUST_MS`.
 */
export function createStreams({ hub, views, callers }: StreamParts): Streams {
  const open = new Map<ServerResponse, Caller>();
  const watch = setInterval(() => void endOrphans(), TRUST_MS);
  watch.unref();
  callers.onForget(() => void endOrphans());
  const timer = setInterval(() => {
    for (const response of open.keys()) if (response.headersSent) response.write(": still here\n\n");
  }, HEARTBEAT_MS);
  timer.unref();
  async function endOrphans(): Promise<void> {
    if (open.size === 0) return;
    const asked = [...open];
    // Where the database is away nobody was signed out of it.
    const there = await callers.stillThere(new Set(open.values())).catch(() => null);
    if (!there) return;
    for (const [response, caller] of asked) if (!there.has(caller)) finish(response, "signed out");
  }

  // However many listen to an account, its events are put into words once.
  const frames = new WeakMap<LiveEvent, string>();

  function frameOf(live: LiveEvent): string {
    let frame = frames.get(live);
    if (frame === undefined) {
      const event = views.event(live);
      frames.set(live, (frame = event ? format(live.seq, event) : ""));
    }
    return frame;
  }

  function finish(response: ServerResponse, why: string): void {
    begin(response);
    response.end(`: ${why}\n\n`);
  }

  function send(response: ServerResponse, stream: Stream, events: readonly LiveEvent[]): void {
    let text = "";
    let complete = false;
    for (const live of events) {
      if (complete) break;
      if (stream.wanted(live)) text += frameOf(live);
      complete = stream.last(live);
    }
    if (response.writableEnded || response.destroyed) return;
    begin(response);
    if (complete) response.end(text);
    else if (text !== "") response.write(text);
    if (response.writableLength > BACKLOG_MAX_BYTES) response.destroy();
  }

  return {
    async open(request, response, stream) {
      const { accept } = request.headers;
      if (accept && !ACCEPTABLE.test(accept)) throw new Fault("not_acceptable");
      const { caller } = stream;
      const mine = [...open.values()].filter(({ accountId }) => accountId === caller.accountId).length;
      if (mine >= STREAMS_MAX) throw new Fault("too_many_streams");
      if (request.method === "HEAD") return void response.writeHead(200, HEAD).end();
      const ended = new Promise<void>((resolve) => response.once("close", resolve));
      open.set(response, caller);
      try {
        const leave = await hub.subscribe({ accountId: caller.accountId, after: stream.after, onEvents: (events) => send(response, stream, events) });
        // Only now: whoever has seen the 200 misses nothing that happens after it.
        begin(response);
        await ended;
        leave();
      } finally {
        open.delete(response);
      }
    },
    count: () => open.size,
    close() {
      clearInterval(timer);
      clearInterval(watch);
      for (const response of open.keys()) finish(response, "going away");
    },
  };
}

const HEAD = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
const ACCEPTABLE = /text\/event-stream|text\/\*|\*\/\*/i;

// Once: by the first events, or by the subscription, whichever comes first.
function begin(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, HEAD);
  response.write("retry: 2000\n\n");
}

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
