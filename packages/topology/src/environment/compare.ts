/** Two files of variables side by side. */
import { isCarried } from "./former.ts";
import { environmentOf } from "./sets.ts";
import { topologies } from "./topologies.ts";

export interface Difference {
  readonly name: string;
  readonly state: "same" | "differs" | "only in the first" | "only in the second";
  /** Absent where it is, or may be, secret. */
  readonly values?: { readonly first?: string; readonly second?: string };
}

/** Whatever is not known to be open is taken for a secret. */
const open = new Set(topologies.flatMap((topology) => environmentOf(topology)).flatMap(({ name, secret }) => (secret ? [] : [name])));
const SECRET_WORDS = /SECRET|PASSWORD|PASS$|TOKEN|KEY/;

export const isOpen = (name: string): boolean => open.has(name) && !isCarried(name) && !SECRET_WORDS.test(name);

export function compareEnvironments(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>): readonly Difference[] {
  const names = [...new Set([...first.keys(), ...second.keys()])].toSorted();
  return names.map((name) => {
    const [one, other] = [first.get(name), second.get(name)];
    const state = one === undefined ? "only in the second" : other === undefined ? "only in the first" : one === other ? "same" : "differs";
    const values = { ...(one === undefined ? {} : { first: one }), ...(other === undefined ? {} : { second: other }) };
    return { name, state, ...(isOpen(name) ? { values } : {}) };
  });
}
