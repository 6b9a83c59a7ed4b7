import type { IncomingMessage } from "node:http";
import type { Caller } from "../auth/caller.ts";

/** What is known about a request beside what Express keeps. */
export interface ExchangeFacts {
  readonly requestId: string;
  readonly startedMs: number;
  route: string | null;
  caller: Caller | null;
  failure: string | null;
}

const facts = new WeakMap<IncomingMessage, ExchangeFacts>();

export const openExchange = (req: IncomingMessage, known: ExchangeFacts): void => void facts.set(req, known);

export function exchangeOf(req: IncomingMessage): ExchangeFacts {
  const known = facts.get(req);
  if (!known) throw new Error("the request passed by openExchange");
  return known;
}
