/** What is painted on: OKLab, three numbers a pixel. Marks are in pixels, with soft edges of one pixel. */
import type { Color } from "./color.ts";

export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** The side of a square of the same area: things keep their size in every shape of picture. */
  readonly unit: number;
  readonly lab: Float32Array;
}

export const createSheet = (width: number, height: number): Sheet => ({
  width,
  height,
  unit: Math.sqrt(width * height),
  lab: new Float32Array(width * height * 3),
});

/** `at` is a pixel's index. */
export function blend({ lab }: Sheet, at: number, color: Color, share: number): void {
  const first = at * 3;
  const rest = 1 - share;
  lab[first] = lab[first]! * rest + color[0] * share;
  lab[first + 1] = lab[first + 1]! * rest + color[1] * share;
  lab[first + 2] = lab[first + 2]! * rest + color[2] * share;
}

/** Leaves nothing of what was there. */
export function put({ lab }: Sheet, at: number, color: Color): void {
  const first = at * 3;
  lab[first] = color[0];
  lab[first + 1] = color[1];
  lab[first + 2] = color[2];
}

/** Adds light, as a lamp or a star does. */
export function shine({ lab }: Sheet, at: number, color: Color, share: number): void {
  const first = at * 3;
  const room = Math.max(0, 1.02 - lab[first]!) * share;
  lab[first] = lab[first]! + room * color[0];
  lab[first + 1] = lab[first + 1]! * (1 - share * 0.5) + color[1] * share;
  lab[first + 2] = lab[first + 2]! * (1 - share * 0.5) + color[2] * share;
}

export interface Round {
  readonly x: number;
  readonly y: number;
  readonly r: number;
  /** Height by width. */
  readonly flat?: number;
}

export function dot(sheet: Sheet, { x, y, r, flat = 1 }: Round, color: Color, share: number): void {
  const tall = r * flat;
  const top = Math.max(0, Math.floor(y - tall - 1));
  const bottom = Math.min(sheet.height - 1, Math.ceil(y + tall + 1));
  const left = Math.max(0, Math.floor(x - r - 1));
  const right = Math.min(sheet.width - 1, Math.ceil(x + r + 1));
  // A mark smaller than a pixel is a paler pixel.
  const full = r < 0.7 ? share * (r / 0.7) : share;
  const reach = Math.max(0.7, r);
  for (let row = top; row <= bottom; row += 1) {
    const dy = (row + 0.5 - y) / flat;
    for (let column = left; column <= right; column += 1) {
      const dx = column + 0.5 - x;
      const cover = reach + 0.5 - Math.sqrt(dx * dx + dy * dy);
      if (cover > 0) blend(sheet, row * sheet.width + column, color, cover >= 1 ? full : full * cover);
    }
  }
}

/** A light with a soft fall-off; `r` is where it is nearly gone. */
export function glow(sheet: Sheet, { x, y, r, flat = 1 }: Round, color: Color, share: number): void {
  const top = Math.max(0, Math.floor(y - r * flat));
  const bottom = Math.min(sheet.height - 1, Math.ceil(y + r * flat));
  const left = Math.max(0, Math.floor(x - r));
  const right = Math.min(sheet.width - 1, Math.ceil(x + r));
  for (let row = top; row <= bottom; row += 1) {
    const dy = (row + 0.5 - y) / (r * flat);
    for (let column = left; column <= right; column += 1) {
      const dx = (column + 0.5 - x) / r;
      const near = 1 - dx * dx - dy * dy;
      if (near > 0) shine(sheet, row * sheet.width + column, color, share * near * near * near);
    }
  }
}

export interface Line {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Width at the beginning and at the end. */
  readonly w0: number;
  readonly w1: number;
}

export function line(sheet: Sheet, { x0, y0, x1, y1, w0, w1 }: Line, color: Color, share: number): void {
  const steep = Math.abs(y1 - y0) >= Math.abs(x1 - x0);
  const [m0, m1, c0, c1] = steep ? [y0, y1, x0, x1] : [x0, x1, y0, y1];
  const run = m1 - m0;
  if (run === 0) return;
  const lean = Math.sqrt(1 + ((c1 - c0) / run) ** 2);
  const [mainEnd, crossEnd] = steep ? [sheet.height, sheet.width] : [sheet.width, sheet.height];
  const from = Math.max(0, Math.floor(Math.min(m0, m1)));
  const to = Math.min(mainEnd - 1, Math.ceil(Math.max(m0, m1)) - 1);
  for (let main = from; main <= to; main += 1) {
    const t = Math.min(1, Math.max(0, (main + 0.5 - m0) / run));
    const centre = c0 + (c1 - c0) * t;
    const wide = (w0 + (w1 - w0) * t) * lean;
    const half = Math.max(0.5, wide / 2);
    const full = wide < 1 ? share * wide : share;
    const last = Math.min(crossEnd - 1, Math.ceil(centre + half) - 1);
    for (let cross = Math.max(0, Math.floor(centre - half)); cross <= last; cross += 1) {
      const cover = Math.min(cross + 1, centre + half) - Math.max(cross, centre - half);
      blend(sheet, steep ? main * sheet.width + cross : cross * sheet.width + main, color, full * Math.min(1, cover));
    }
  }
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export function box(sheet: Sheet, { x, y, w, h }: Box, color: Color, share: number): void {
  const bottom = Math.min(sheet.height, y + h);
  const right = Math.min(sheet.width, x + w);
  for (let row = Math.max(0, Math.floor(y)); row < bottom; row += 1) {
    const tall = Math.min(row + 1, bottom) - Math.max(row, y);
    for (let column = Math.max(0, Math.floor(x)); column < right; column += 1) {
      const wide = Math.min(column + 1, right) - Math.max(column, x);
      blend(sheet, row * sheet.width + column, color, share * tall * wide);
    }
  }
}

/** Fills what `inside` says is inside: a signed distance in pixels, negative within. */
export function shape(sheet: Sheet, { x, y, w, h }: Box, inside: (x: number, y: number) => number, paint: (x: number, y: number) => Color): void {
  const bottom = Math.min(sheet.height, Math.ceil(y + h));
  const right = Math.min(sheet.width, Math.ceil(x + w));
  for (let row = Math.max(0, Math.floor(y)); row < bottom; row += 1) {
    for (let column = Math.max(0, Math.floor(x)); column < right; column += 1) {
      const cover = 0.5 - inside(column + 0.5, row + 0.5);
      if (cover > 0) blend(sheet, row * sheet.width + column, paint(column, row), cover > 1 ? 1 : cover);
    }
  }
}

/** A soft field worked out on every `step`th pixel and read in between. */
export function coarse({ width, height }: Sheet, step: number, at: (x: number, y: number) => number): (x: number, y: number) => number {
  const across = Math.ceil(width / step) + 2;
  const down = Math.ceil(height / step) + 2;
  const values = new Float32Array(across * down);
  for (let row = 0; row < down; row += 1) for (let column = 0; column < across; column += 1) values[row * across + column] = at(column * step, row * step);
  return (x, y) => {
    const px = x / step;
    const py = y / step;
    const column = Math.floor(px);
    const row = Math.floor(py);
    const u = px - column;
    const v = py - row;
    const first = row * across + column;
    const upper = values[first]! * (1 - u) + values[first + 1]! * u;
    const lower = values[first + across]! * (1 - u) + values[first + across + 1]! * u;
    return upper * (1 - v) + lower * v;
  };
}
