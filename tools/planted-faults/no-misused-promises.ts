export function choose(work: () => Promise<boolean>): string {
  return work() ? "yes" : "no";
}
