/** What the form holds of files: one `{"upload":"upl_..."}`, or a list of such. */
export interface Given {
  readonly upload: string;
}

const isGiven = (value: unknown): value is Given => typeof value === "object" && value !== null && typeof (value as Partial<Given>).upload === "string";

export const givenIn = (value: unknown): readonly Given[] => (Array.isArray(value) ? value : [value]).filter(isGiven);

/** Nothing at all rather than an empty list: nothing was chosen. */
export const listOrNothing = (given: readonly Given[]): readonly Given[] | undefined => (given.length === 0 ? undefined : given);

export const without = (given: readonly Given[], at: number): readonly Given[] => given.filter((_one, index) => index !== at);

export function moved(given: readonly Given[], from: number, to: number): readonly Given[] {
  const one = given[from];
  if (!one || to < 0 || to >= given.length) return given;
  return without(given, from).toSpliced(to, 0, one);
}
