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

/** The same, for each of many. */
export function createTurnsOfEach(max: number): <Value>(name: string, act: () => Promise<Value>) => Promise<Value> {
  const each = new Map<string, { turns: ReturnType<typeof createTurns>; asked: number }>();
  return async (name, act) => {
    const own = each.get(name) ?? { turns: createTurns(max), asked: 0 };
    each.set(name, own);
    own.asked += 1;
    try {
      return await own.turns(act);
    } finally {
      own.asked -= 1;
      if (own.asked === 0) each.delete(name);
    }
  };
}
