export function count(rows: readonly number[][][]): number {
  let found = 0;
  for (const row of rows) {
    for (const cell of row) {
      for (const value of cell) {
        if (value > 0) found += 1;
      }
    }
  }
  return found;
}
