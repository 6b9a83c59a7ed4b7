/** What the demo can make on this machine, found out without loading what makes it. */
import { findEngine } from "./speaker/engine.ts";

/** `path`: where programs of this machine are looked for. */
export function demoUpstreamIds({ path }: { readonly path: string | null }): ReadonlySet<string> {
  return new Set(["painter", "animator", ...(findEngine(path) === null ? [] : ["speaker"])]);
}
