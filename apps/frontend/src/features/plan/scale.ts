/** Steps that a slider over many sizes takes: 1, 2 and 5 of each power of ten. */
const FIRSTS = [1, 1.5, 2, 3, 5, 7];
export const STEPS: readonly number[] = [1, 2, 3, 4, 5].flatMap((power) => FIRSTS.map((first) => first * 10 ** power)).concat(1_000_000);

/** The step that is nearest, as people see it: by how many times it is off. */
export function stepOf(value: number): number {
  const far = (step: number): number => Math.abs(Math.log(step / Math.max(1, value)));
  return STEPS.reduce((best, step, index) => (far(step) < far(STEPS[best]!) ? index : best), 0);
}
