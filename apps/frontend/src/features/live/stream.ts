import { eventTypes, type Event } from "@cooly/contract";
import { apiOrigin } from "../api/index.ts";
import { isGap } from "./reduce.ts";

const REOPEN_MS = 5000;

export interface StreamHandlers {
  readonly onEvent: (event: Event) => void;
  /** Something may have been missed. */
  readonly onGap: () => void;
  readonly onState: (open: boolean) => void;
}

/**
 * One stream of everything that happens in the account. The browser reconnects by itself and says what it saw last; where
 * it gives up, because the server answered with an error, a new one is opened. Answers with a function that ends it.
 */
export function openStream({ onEvent, onGap, onState }: StreamHandlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  let last: number | null = null;
  // What happened between the first reply of the API and the first open stream may have been missed as well.
  let interrupted = true;

  function receive({ data, lastEventId }: MessageEvent<string>) {
    const event = parse(data);
    if (!event) return;
    if (isGap(last, lastEventId)) onGap();
    if (lastEventId !== "") last = Number(lastEventId);
    onEvent(event);
  }

  async function open() {
    const origin = await apiOrigin().catch(() => null);
    if (ended) return;
    if (origin === null) {
      timer = setTimeout(() => void open(), REOPEN_MS);
      return;
    }
    source = new EventSource(`${origin}/v1/events`, { withCredentials: true });
    for (const type of eventTypes) source.addEventListener(type, receive);
    source.addEventListener("open", () => {
      onState(true);
      if (interrupted) onGap();
      interrupted = false;
    });
    source.addEventListener("error", broken);
  }

  function broken() {
    interrupted = true;
    onState(false);
    if (source?.readyState !== EventSource.CLOSED || ended) return;
    // A new stream cannot say what was seen last, so its ids begin anew.
    last = null;
    clearTimeout(timer);
    timer = setTimeout(() => void open(), REOPEN_MS);
  }

  void open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}

function parse(data: string): Event | null {
  try {
    const value = JSON.parse(data) as Event;
    return typeof value === "object" && value !== null && typeof value.type === "string" ? value : null;
  } catch {
    return null;
  }
}
