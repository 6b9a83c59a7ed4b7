/** How a result is fetched that only who has the key may have. */
import type { IncomingMessage } from "node:http";
import { get, leadsTo } from "../download/get.ts";

export interface Open {
  /** For `origin` alone: wherever else the way leads, they stay behind. */
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly signal: AbortSignal;
}

/** A vendor that sends nothing for this long has forgotten us. */
const SILENCE_MS = 30_000;
const REDIRECTS_MAX = 1;

/** Resolves once the answer has begun, whatever its status; its body fails if it does not come whole. Whoever does not read it destroys it. */
export async function open(url: string, { headers, origin, signal }: Open): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(at, { headers: at.origin === origin ? headers : {}, signal });
    response.setTimeout(SILENCE_MS, () => response.destroy(new Error(`the result said nothing for ${SILENCE_MS} ms`)));
    const location = leadsTo(response);
    if (location === null) return response;
    response.destroy();
    if (redirects === REDIRECTS_MAX) throw new Error("the result leads on and on");
    at = new URL(location, at);
  }
}
