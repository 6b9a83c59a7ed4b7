/**
 * A value that names others: `{NAME}` must be set, `{NAME?}` may be, `{NAME=text}` has a default.
 * Everything else stands for itself.
 */
const HOLE = /\{([A-Z][A-Z0-9_]*)(\?|=[^{}]*)?\}/g;

export interface Hole {
  readonly name: string;
  /** Null: it must be set. Empty: it may be. */
  readonly fallback: string | null;
}

const holeOf = (name: string, mark: string | undefined): Hole => ({ name, fallback: mark === undefined ? null : mark.slice(1) });

/** What the template names, in order. */
export const holesOf = (template: string): readonly Hole[] => [...template.matchAll(HOLE)].map(([, name, mark]) => holeOf(name!, mark));

export const fill = (template: string, write: (hole: Hole) => string): string =>
  template.replaceAll(HOLE, (_, name: string, mark: string | undefined) => write(holeOf(name, mark)));

/** The one variable that the template is, if it is nothing else. */
export function onlyHole(template: string): Hole | null {
  const [hole, more] = holesOf(template);
  return hole && !more && fill(template, () => "") === "" ? hole : null;
}
