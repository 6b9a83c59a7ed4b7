/** Lets so many in at once; the others wait in their order. Whoever is let in leaves once. */
export function createGate(max: number): { enter(): Promise<() => void> } {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const leave = (): void => {
    // Whoever comes next takes the place over.
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  return {
    async enter() {
      if (inside === max) await new Promise<void>((resolve) => waiting.push(resolve));
      else inside += 1;
      return leave;
    },
  };
}
