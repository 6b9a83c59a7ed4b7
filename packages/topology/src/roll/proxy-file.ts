/** The one line of a proxy's file that a rolling update changes; all else of it stays as rendered. */
const LINE = /^(\s*-?\s*url:\s*["']?http:\/\/)([a-z0-9][a-z0-9._-]*)(:\d+["']?\s*)$/gim;

/** Whom it leads to. Null where it does not name exactly one. */
export function namedIn(text: string): string | null {
  const found = [...text.matchAll(LINE)];
  return found.length === 1 ? found[0]![2]! : null;
}

/** The same file, leading to somebody else at the same port. */
export const leadingTo = (text: string, name: string): string => text.replaceAll(LINE, `$1${name}$3`);
