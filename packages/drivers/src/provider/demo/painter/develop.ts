import { write, type Color } from "./color.ts";
import { hash } from "./noise.ts";
import type { Sheet } from "./sheet.ts";

export interface Finish {
  readonly bloom: number;
  readonly seed: number;
  /** How strong the grain is. */
  readonly grainy?: number;
  /** Only so many, from the top. */
  readonly rows?: number;
}

/** From what was painted to bytes: bright things bleed a little, corners darken a little, and a grain hides the steps of 8 bits. */
export function develop(sheet: Sheet, { bloom, seed, grainy = 1, rows = sheet.height }: Finish, onRow: (share: number) => void): Uint8ClampedArray {
  const { width, height, lab } = sheet;
  const pixels = new Uint8ClampedArray(width * rows * 3);
  const bled = bleeding(sheet);
  const step = Math.max(1, Math.floor(height / 12));
  for (let row = 0; row < rows; row += 1) {
    if (row % step === 0) onRow(row / height);
    const y = (row / height - 0.5) ** 2;
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * 3;
      const grain = grainy === 0 ? 0 : (hash(column, row, seed ^ 0x9d) - 0.5) * grainy;
      const light = bled(column, row) * bloom;
      const corner = (column / width - 0.5) ** 2 + y - 0.14;
      const dark = corner > 0 ? 1 - corner * 0.42 : 1;
      const L = lab[at]!;
      const seen: Color = [(L + light * (1.05 - L)) * dark + grain * 0.011, lab[at + 1]! * 1.06, lab[at + 2]! * 1.06];
      write(pixels, at, seen, grain);
    }
  }
  return pixels;
}

/** How much light falls on each pixel from bright things around it. */
function bleeding({ width, height, unit, lab }: Sheet): (column: number, row: number) => number {
  const step = Math.max(2, Math.round(unit / 170));
  const across = Math.ceil(width / step) + 1;
  const down = Math.ceil(height / step) + 1;
  let values = new Float32Array(across * down);
  for (let row = 0; row < height; row += 1) {
    const line = Math.floor(row / step) * across;
    for (let column = 0; column < width; column += 1) {
      const over = lab[(row * width + column) * 3]! - 0.7;
      if (over > 0) values[line + Math.floor(column / step)]! += over / (step * step);
    }
  }
  for (let pass = 0; pass < 3; pass += 1) values = soften(soften(values, across, 1), down, across);
  return (column, row) => {
    const px = Math.max(0, (column + 0.5) / step - 0.5);
    const py = Math.max(0, (row + 0.5) / step - 0.5);
    const first = Math.floor(py) * across + Math.floor(px);
    const u = px % 1;
    const v = py % 1;
    const upper = values[first]! * (1 - u) + values[first + 1]! * u;
    const lower = (values[first + across] ?? values[first]!) * (1 - u) + (values[first + across + 1] ?? values[first]!) * u;
    return upper * (1 - v) + lower * v;
  };
}

/** A running mean over five along one direction; `stride` is the distance of neighbours, `count` how many there are. */
function soften(values: Float32Array, count: number, stride: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    const place = Math.floor(at / stride) % count;
    let sum = 0;
    for (let near = -2; near <= 2; near += 1) sum += values[at + Math.max(-place, Math.min(count - 1 - place, near)) * stride]!;
    out[at] = sum / 5;
  }
  return out;
}
