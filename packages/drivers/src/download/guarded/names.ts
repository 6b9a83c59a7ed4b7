import { lookup as lookUpBySystem, promises } from "node:dns";
import type { LookupFunction } from "node:net";

/** Answers with every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const ANSWER_MS = 3_000;
const TRIES = 2;
// Whoever names hundreds may have them tried one after the other.
const ADDRESSES_MAX = 8;

/**
 * Asks the name servers itself. The system would also look into files, which know names of the inside only, and takes one of
 * four threads for as long as a stranger's name server likes.
 */
export function createResolve(servers?: readonly string[]): Resolve {
  const resolver = new promises.Resolver({ timeout: ANSWER_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  return async (hostname) => {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length === 0) throw new Error(`${hostname} has no address`, { cause: answers });
    return addresses;
  };
}

/** As the machine sees it: for hosts that the installation allows by name. */
export const resolveBySystem: Resolve = async (hostname) => {
  const answers = await new Promise<readonly { address: string }[]>((resolve, reject) =>
    lookUpBySystem(hostname, { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
  );
  return answers.map(({ address }) => address);
};

/**
 * What a connection asks for its addresses. It gets the ones that have been checked, and asks nobody again; if any of them is
 * refused, it gets none, as a name that leads both outside and inside means no good.
 */
export function createLookup(resolve: Resolve, permits: (address: string) => boolean): LookupFunction {
  const find = async (hostname: string): Promise<{ address: string; family: number }[]> => {
    const addresses = await resolve(hostname);
    const refused = addresses.find((address) => !permits(address));
    if (refused !== undefined) throw new Error(`${hostname} leads to ${refused}`);
    return addresses.slice(0, ADDRESSES_MAX).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return (hostname, { all }, handOn) => {
    find(hostname).then(
      (found) => (all ? handOn(null, found) : handOn(null, found[0]!.address, found[0]!.family)),
      (error: Error) => handOn(error, []),
    );
  };
}
