import { isIP } from "node:net";
import ipaddr, { type IPv4, type IPv6 } from "ipaddr.js";

export type Network = readonly [IPv4 | IPv6, number];

/** Of IPv6 this much has been given out to anybody; all the rest is special, or may become so. */
const GIVEN_OUT = ipaddr.parseCIDR("2000::/3") as [IPv6, number];
/** Azure's machines reach the one below them at an address that looks like anybody's. */
const INSIDE_IN_DISGUISE = ["168.63.129.16"];

/** Whether an address is somebody's on the internet. One that wraps another (mapped, 6to4, NAT64, Teredo) is not. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast" || INSIDE_IN_DISGUISE.includes(parsed.toString())) return false;
  return parsed.kind() === "ipv4" || (parsed as IPv6).match(GIVEN_OUT);
}

export function isWithin(address: string, networks: readonly Network[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** The address that the host of a URL is by itself, or null for a name. */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) === 0 ? null : bare;
}
