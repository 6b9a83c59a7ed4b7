/** A figure that nobody knows exactly: the least, the likely one and the most. None of them is negative. */
export interface Range {
  readonly least: number;
  readonly middle: number;
  readonly most: number;
}

export type Corner = keyof Range;

export const between = (least: number, middle: number, most: number): Range => ({ least, middle, most });
export const exactly = (value: number): Range => between(value, value, value);
export const zero = exactly(0);

/** What `of` makes of each corner. Where it grows with what it is given, the result is in order too. */
export const corners = (of: (corner: Corner) => number): Range => between(of("least"), of("middle"), of("most"));

export const each = (range: Range, of: (value: number) => number): Range => corners((corner) => of(range[corner]));
export const plus = (...ranges: readonly Range[]): Range => corners((corner) => ranges.reduce((sum, range) => sum + range[corner], 0));
export const times = (...ranges: readonly Range[]): Range => corners((corner) => ranges.reduce((product, range) => product * range[corner], 1));
export const scaled = (range: Range, factor: number): Range => each(range, (value) => value * factor);

/** What is left once an allowance is used up. */
export const above = (range: Range, allowance: number | Range): Range =>
  typeof allowance === "number" ? each(range, (value) => Math.max(0, value - allowance)) : corners((corner) => Math.max(0, range[corner] - allowance[corner]));

/** The smaller one, corner by corner. */
export const smaller = (one: Range, other: Range): Range => corners((corner) => Math.min(one[corner], other[corner]));
