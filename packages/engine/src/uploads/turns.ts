/** Lets so many act at once; the others wait in their order. */
export function createTurns(max: number): <Value>(act: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let acting = 0;
  return async (act) => {
    if (acting === max) await new Promise<void>((resolve) => waiting.push(resolve));
    else acting += 1;
    try {
      return await act();
    } finally {
      // Whoever comes next takes the turn over.
      const next = waiting.shift();
      if (next) next();
      else acting -= 1;
    }
  };
}
