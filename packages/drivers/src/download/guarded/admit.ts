import { DownloadRefused } from "@cooly/engine/ports";
import { literalOf } from "./addresses.ts";
import { mayConnect, type Allowed } from "./allowed.ts";

export interface Rules {
  readonly allowed: Allowed;
  readonly plainHttp: boolean;
  readonly ports: ReadonlySet<string>;
}

const URL_CHARS_MAX = 4096;

/** What can be said of a URL before anybody is asked. */
export function admit(given: string, { allowed, plainHttp, ports }: Rules): URL {
  const url = given.length > URL_CHARS_MAX ? null : URL.parse(given);
  if (!url) throw new DownloadRefused("url_invalid");
  const plain = url.protocol === "http:";
  if (url.protocol !== "https:" && !(plain && plainHttp)) throw new DownloadRefused("scheme_refused");
  if (url.username || url.password) throw new DownloadRefused("credentials_refused");
  // The scheme's own port is left out of a URL.
  if (url.port !== "" && !ports.has(url.port)) throw new DownloadRefused("port_refused");
  const literal = literalOf(url.hostname);
  // No name is looked up for it, so nobody would check it at the connection.
  if (literal !== null && !mayConnect(literal, { hostname: url.hostname, plain, allowed })) {
    throw new DownloadRefused("unreachable", { cause: new Error(`${literal} is not public`) });
  }
  return url;
}
