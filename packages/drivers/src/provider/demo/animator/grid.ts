/** A soft field over the frame, worked out anew for every frame on a coarse grid and read in between. */
const CELL = 8;

export interface Grid {
  fill(at: (x: number, y: number) => number): void;
  /** Works out `line` for a row. */
  draw(row: number): Float32Array;
}

export function createGrid(width: number, height: number): Grid {
  const across = Math.ceil(width / CELL) + 2;
  const down = Math.ceil(height / CELL) + 2;
  const values = new Float32Array(across * down);
  const line = new Float32Array(width);
  return {
    fill(at) {
      for (let row = 0; row < down; row += 1) for (let column = 0; column < across; column += 1) values[row * across + column] = at(column * CELL, row * CELL);
    },
    draw(row) {
      const upper = Math.floor(row / CELL) * across;
      const v = (row % CELL) / CELL;
      for (let column = 0, cell = 0; column < width; cell += 1) {
        const left = values[upper + cell]! * (1 - v) + values[upper + across + cell]! * v;
        const right = values[upper + cell + 1]! * (1 - v) + values[upper + across + cell + 1]! * v;
        const step = (right - left) / CELL;
        for (let part = 0; part < CELL && column < width; part += 1, column += 1) line[column] = left + step * part;
      }
      return line;
    },
  };
}
