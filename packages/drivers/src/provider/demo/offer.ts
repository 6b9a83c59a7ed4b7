/** What the demo cannot make on this machine, found out without loading what makes the rest. */
import { findEngine } from "./speaker/engine.ts";

/** Upstream ids. `path`: where programs of this machine are looked for. */
export const demoLacks = ({ path }: { readonly path: string | null }): readonly string[] => (findEngine(path) === null ? ["speaker"] : []);
