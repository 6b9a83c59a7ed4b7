import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { isPublic, isWithin, literalOf, type Network } from "./addresses.ts";

/** What an installation lets be read although it lies inside. */
export interface Allowed {
  host(hostname: string): boolean;
  address(address: string): boolean;
}

// One bit less, and a slip of the pen would allow half of everything.
const BITS_MIN = 8;

/**
 * Of host names (exactly these, none below them), addresses, and networks. Throws for what is none of them, in a sentence for
 * the operator.
 */
export function readAllowed(entries: readonly string[]): Allowed {
  const networks = entries.filter(isNetwork).map(readNetwork);
  const hosts = new Set(entries.filter((entry) => !isNetwork(entry)).map(readHost));
  return { host: (hostname) => hosts.has(hostname), address: (address) => isWithin(address, networks) };
}

const isNetwork = (entry: string): boolean => entry.includes("/") || literalOf(entry) !== null;

function readNetwork(entry: string): Network {
  const literal = literalOf(entry);
  const spelled = literal === null ? entry : `${literal}/${isIP(literal) === 4 ? 32 : 128}`;
  // Addresses in short, as the library also reads them, mean one thing here and another there.
  if (isIP(spelled.split("/")[0]!) === 0 || !ipaddr.isValidCIDR(spelled)) {
    throw new Error(`"${entry}" is not a network such as 10.0.3.0/24 or fd12:3456::/32.`);
  }
  const network = ipaddr.parseCIDR(spelled);
  if (network[1] < BITS_MIN) throw new Error(`"${entry}" would allow more than any network of one's own holds.`);
  return network;
}

function readHost(entry: string): string {
  const url = URL.parse(`https://${entry}`);
  const exact = url !== null && url.host === entry.toLowerCase() && url.hostname === url.host;
  // A star is a letter to URLs: it would stand for nothing else.
  if (!exact || entry.includes("*")) throw new Error(`"${entry}" is neither a host name nor a network.`);
  return url.hostname;
}

/** Whether a connection to this address may be made for a URL with this host. */
export function mayConnect(address: string, { hostname, plain, allowed }: { hostname: string; plain: boolean; allowed: Allowed }): boolean {
  if (allowed.host(hostname) || allowed.address(address)) return true;
  // Plain HTTP is for what lies inside.
  return !plain && isPublic(address);
}
