import { lighten, mix, type Color } from "./color.ts";
import { noise, smooth } from "./noise.ts";
import type { Study } from "./palette.ts";
import { blend, shape, type Sheet } from "./sheet.ts";

/** Signed distance to one of the forms, in units of its radius; negative within. */
type Form = (x: number, y: number) => number;

const forms: readonly Form[] = [
  (x, y) => Math.hypot(x, y) - 1,
  (x, y) => Math.abs(Math.hypot(x, y) - 0.82) - 0.18,
  (x, y) => Math.max(Math.hypot(x, y) - 1, -y),
  (x, y) => Math.max(Math.abs(x) - 0.92, Math.abs(y) - 0.26),
  (x, y) => Math.max(Math.abs(x) * 0.87 + y * 0.5 - 0.5, -y - 0.9),
  (x, y) => Math.max(Math.hypot(x + 0.5, y + 0.5) - 1.4, -x - 0.5, -y - 0.5),
];

function paper(sheet: Sheet, tone: Color, seed: number): void {
  const { width, height, unit } = sheet;
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const fibre =
        (noise((column / unit) * 260, (row / unit) * 260, seed) - 0.5) * 0.016 + (noise((column / unit) * 2, (row / unit) * 2, seed + 1) - 0.5) * 0.05;
      blend(sheet, row * width + column, lighten(tone, fibre), 1);
    }
}

interface Piece {
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly turn: number;
  readonly form: Form;
  readonly from: Color;
  readonly to: Color;
  readonly share: number;
}

/** One cut piece with its shadow, shaded from one colour to another. */
function place({ sheet, seed }: Study, { x, y, r, turn, form, from, to, share }: Piece): void {
  const { unit } = sheet;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const inside = (px: number, py: number): number => form(((px - x) * c + (py - y) * s) / r, ((py - y) * c - (px - x) * s) / r) * r;
  const reach = r * 1.5;
  const soft = unit * 0.012;
  const shadow: Color = [0.16, from[1] * 0.3, from[2] * 0.3];
  const { width, height } = sheet;
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(height, y + reach); row += 1)
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(width, x + reach); column += 1) {
      const off = inside(column - soft * 0.6, row - soft);
      if (off < soft) blend(sheet, row * width + column, shadow, 0.3 * smooth(soft, -soft * 0.6, off) * share);
    }
  shape(sheet, { x: x - reach, y: y - reach, w: 2 * reach, h: 2 * reach }, inside, (px, py) => {
    const t = 0.5 + ((px - x) * 0.5 + (py - y) * 0.7) / (2 * r);
    return lighten(mix(from, to, smooth(0, 1, t)), (noise(px * 0.5, py * 0.5, seed) - 0.5) * 0.02);
  });
}

/** A few large pieces in balance, smaller ones that answer them, and thin lines. */
export function paintShapes(study: Study): void {
  const { sheet, palette, dice, seed } = study;
  const { width, height, unit } = sheet;
  const dark = dice() < 0.35;
  paper(sheet, dark ? mix(palette[0]!, [0.2, 0, 0], 0.2) : mix(palette[4]!, [0.95, 0.002, 0.012], 0.5), seed);
  const inks = dark ? [palette[2]!, palette[3]!, palette[4]!, palette[1]!] : [palette[2]!, palette[1]!, palette[3]!, palette[0]!];
  const axis = { x: width * (0.42 + dice() * 0.16), y: height * (0.42 + dice() * 0.16), turn: dice() * Math.PI };
  const count = 13;
  for (let index = 0; index < count; index += 1) {
    const t = index / (count - 1);
    const big = index < 3 ? 0.2 + dice() * 0.12 : 0.03 + (1 - t) * 0.1 * (0.5 + dice());
    // Golden angle: pieces spread evenly and never line up.
    const angle = axis.turn + index * 2.39996;
    const out = (index === 0 ? 0.05 : 0.12 + 0.36 * t ** 0.7) * (0.85 + 0.3 * dice());
    const ink = inks[(index + (index > 4 ? Math.floor(dice() * 4) : 0)) % inks.length]!;
    const form = index === 0 ? forms[0]! : forms[Math.floor(dice() * forms.length)]!;
    place(study, {
      x: axis.x + Math.cos(angle) * out * width,
      y: axis.y + Math.sin(angle) * out * height,
      r: big * unit,
      turn: axis.turn + Math.floor(dice() * 4) * (Math.PI / 4),
      form,
      from: lighten(ink, 0.06),
      to: mix(ink, palette[(index + 1) % palette.length]!, 0.28),
      share: 1,
    });
  }
  for (let index = 0; index < 5; index += 1) {
    const bar: Form = (x, y) => Math.max(Math.abs(x) - 1, Math.abs(y) - 0.012 - 0.01 * (index % 2));
    const ink = inks[(index + 3) % inks.length]!;
    place(study, {
      x: axis.x + (dice() - 0.5) * width * 0.6,
      y: axis.y + (dice() - 0.5) * height * 0.6,
      r: unit * (0.16 + dice() * 0.24),
      turn: axis.turn + (index % 2) * (Math.PI / 2),
      form: bar,
      from: ink,
      to: ink,
      share: 0.6,
    });
  }
}

/** Tiles of quarter circles, triangles and rings, with large ones among the small. */
export function paintGeometry(study: Study): void {
  const { sheet, palette, dice, seed } = study;
  const { width, height, unit } = sheet;
  paper(sheet, palette[4]!, seed);
  const short = Math.min(width, height);
  const across = 4 + Math.floor(dice() * 3);
  const side = short / across;
  const [columns, rows] = [Math.round(width / side), Math.round(height / side)];
  const [w, h] = [width / columns, height / rows];
  const taken = new Set<number>();
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      if (taken.has(row * columns + column)) continue;
      const free = column + 1 < columns && row + 1 < rows && !taken.has(row * columns + column + 1);
      const size = free && dice() < 0.2 ? 2 : 1;
      const first = row * columns + column;
      for (const more of size === 2 ? [0, 1, columns, columns + 1] : [0]) taken.add(first + more);
      tile(study, { x: column * w, y: row * h, w: w * size, h: h * size }, unit);
    }
}

function tile({ sheet, palette, dice, seed }: Study, area: { x: number; y: number; w: number; h: number }, unit: number): void {
  const back = palette[Math.floor(dice() * palette.length)]!;
  let front = back;
  for (let tries = 0; tries < 8 && Math.abs(front[0] - back[0]) + Math.abs(front[1] - back[1]) + Math.abs(front[2] - back[2]) < 0.22; tries += 1)
    front = palette[Math.floor(dice() * palette.length)]!;
  const third = palette[Math.floor(dice() * palette.length)]!;
  const kind = Math.floor(dice() * 6);
  const [flipX, flipY] = [dice() < 0.5, dice() < 0.5];
  const pixel = area.w;
  const local = (x: number, y: number): [number, number] => {
    const [u, v] = [(x - area.x) / area.w, (y - area.y) / area.h];
    return [flipX ? 1 - u : u, flipY ? 1 - v : v];
  };
  const distance = (x: number, y: number): number => {
    const [u, v] = local(x, y);
    if (kind === 0) return Math.hypot(u, v) - 1;
    if (kind === 1) return u + v - 1;
    if (kind === 2) return Math.hypot(u - 0.5, v - 0.5) - 0.4;
    if (kind === 3) return Math.abs(Math.hypot(u, v) - 0.66) - 0.18;
    if (kind === 4) return Math.abs((((u + v) * 3) % 1) - 0.5) / 3 - 0.08;
    return Math.max(Math.hypot(u - 0.5, v) - 0.5, -v);
  };
  const soft = (noise(area.x, area.y, seed) - 0.5) * 0.05;
  shape(
    sheet,
    area,
    () => -2,
    (x, y) => {
      const [u, v] = local(x, y);
      const grain = (noise((x / unit) * 300, (y / unit) * 300, seed + 2) - 0.5) * 0.02;
      const cover = Math.min(1, Math.max(0, 0.5 - distance(x + 0.5, y + 0.5) * pixel));
      const inner = kind === 0 || kind === 2 ? Math.min(1, Math.max(0, 0.5 - (distance(x + 0.5, y + 0.5) + (kind === 0 ? 0.5 : 0.24)) * pixel)) : 0;
      const shadow = smooth(0.05, 0, Math.max(0, distance(x - unit * 0.005, y - unit * 0.008))) * 0.06;
      const ground = lighten(back, soft - shadow + (1 - v) * 0.03);
      return lighten(mix(mix(ground, lighten(front, 0.05 * (0.5 - (u + v) / 2)), cover), third, inner), grain);
    },
  );
}
