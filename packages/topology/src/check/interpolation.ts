/** Compose's variables in a text. */
const USE = /\$\$|\$\{(\w+)(?:(:?[-?+])([^{}]*))?\}|\$(\w+)/g;

export interface Use {
  readonly name: string;
  /** Null: it has to be set. */
  readonly fallback: string | null;
}

const useOf = (name: string, mark: string | undefined, rest: string | undefined): Use => ({
  name,
  fallback: mark === undefined ? "" : mark.endsWith("?") ? null : mark.endsWith("-") ? (rest ?? "") : "",
});

export function usesOf(text: string): readonly Use[] {
  return [...text.matchAll(USE)].flatMap(([whole, name, mark, rest, bare]) => (whole === "$$" ? [] : [useOf(name ?? bare!, mark, rest)]));
}

/** The text as a container gets it, where nobody has set anything; what must be set stands there by its name. */
export const resolved = (text: string): string =>
  text.replaceAll(USE, (whole) => {
    const [use] = usesOf(whole);
    return use === undefined ? "$" : use.fallback || use.name;
  });

/** Without what is filled in: what stands in the file itself, defaults and all. */
export const literalOf = (text: string): string => text.replaceAll(USE, (whole) => (whole === "$$" ? "$" : (usesOf(whole)[0]?.fallback ?? "")));
