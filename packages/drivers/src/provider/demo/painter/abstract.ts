/** Pictures of nothing: made of the colours that the words name. */
import { lighten, mix, type Color } from "./color.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import { along, paletteOf, type Study } from "./palette.ts";
import type { Manner, Scene } from "./read-prompt.ts";
import { paintGeometry, paintShapes } from "./shapes.ts";
import { blend, coarse, line, type Sheet } from "./sheet.ts";

const manners: Readonly<Record<Manner, (study: Study) => void>> = {
  flow: paintFlow,
  marble: paintMarble,
  waves: paintWaves,
  shapes: paintShapes,
  geometry: paintGeometry,
};

export function paintAbstract(sheet: Sheet, scene: Scene): void {
  const dice = createDice(scene.seed ^ 0x3c3c);
  manners[scene.manner]({ sheet, seed: scene.seed, palette: paletteOf(scene, dice), dice });
}

/** Thousands of threads that follow one field. */
function paintFlow({ sheet, seed, palette, dice }: Study): void {
  const { width, height, unit } = sheet;
  const light = dice() < 0.3;
  const ground = light ? lighten(palette[4]!, -0.01) : mix(palette[0]!, [0.1, 0, 0], 0.35);
  for (let row = 0; row < height; row += 1) {
    const tone = mix(ground, light ? mix(ground, palette[3]!, 0.3) : mix(palette[0]!, palette[1]!, 0.6), row / height);
    for (let column = 0; column < width; column += 1) blend(sheet, row * width + column, tone, 1);
  }
  const rate = 1 + dice() * 1.3;
  const swing = 3.5 + dice() * 4;
  const start = dice() * 6;
  const field = coarse(sheet, 8, (x, y) => start + swing * fbm((x / unit) * rate, (y / unit) * rate, seed, 3));
  const tone = coarse(sheet, 8, (x, y) => fbm((x / unit) * 1.3 + 9, (y / unit) * 1.3, seed + 7, 3));
  const step = unit * 0.009;
  const count = Math.round(((width * height) / (unit * unit)) * 2300);
  for (let thread = 0; thread < count; thread += 1) {
    const done = thread / count;
    let [x, y] = [dice() * width, dice() * height];
    const color = mix(
      along(palette.slice(light ? 0 : 1), clamp((tone(x, y) - 0.22) * 1.8 + (dice() - 0.5) * 0.3)),
      palette[light ? 0 : 4]!,
      done > 0.9 ? 0.35 * dice() : 0,
    );
    const wide = unit * (0.0012 + 0.0052 * (1 - done) * dice() ** 2 + 0.0012 * dice());
    const steps = 14 + Math.floor(dice() * 34);
    for (let at = 0; at < steps; at += 1) {
      const turn = field(Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y)));
      const [x1, y1] = [x + Math.cos(turn) * step, y + Math.sin(turn) * step];
      const w0 = wide * Math.sin((Math.PI * (at + 0.6)) / (steps + 0.2)) ** 0.6;
      line(sheet, { x0: x, y0: y, x1, y1, w0, w1: w0 }, color, 0.9);
      if (wide > unit * 0.003) line(sheet, { x0: x, y0: y - w0 * 0.3, x1, y1: y1 - w0 * 0.3, w0: w0 * 0.22, w1: w0 * 0.22 }, lighten(color, 0.1), 0.5);
      [x, y] = [x1, y1];
      if (x < 0 || y < 0 || x > width || y > height) break;
    }
  }
}

/** Paint that was poured and folded: a field bent by itself, twice, and lit from the side. */
function paintMarble({ sheet, seed, palette, dice }: Study): void {
  const { width, height, unit } = sheet;
  const zoom = 0.9 + dice() * 1.1;
  const bend = 2 + dice() * 2.2;
  const bands = 2.2 + dice() * 2.4;
  const qx = coarse(sheet, 4, (x, y) => fbm((x / unit) * zoom, (y / unit) * zoom, seed, 4));
  const qy = coarse(sheet, 4, (x, y) => fbm((x / unit) * zoom + 5.2, (y / unit) * zoom + 1.3, seed + 1, 4));
  const bentX = coarse(sheet, 3, (x, y) =>
    fbm(
      (x / unit) * zoom + bend * qx(Math.min(x, width), Math.min(y, height)) + 1.7,
      (y / unit) * zoom + bend * qy(Math.min(x, width), Math.min(y, height)) + 9.2,
      seed + 2,
      4,
    ),
  );
  const value = coarse(sheet, 2, (x, y) => {
    const [px, py] = [Math.min(x, width), Math.min(y, height)];
    return fbm((x / unit) * zoom + bend * bentX(px, py), (y / unit) * zoom + bend * qy(px, py) * 0.8, seed + 4, 5);
  });
  const vein = lighten(palette[3]!, 0.1);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const here = value(column, row);
      const rx = bentX(column, row);
      const wave = here * bands * 2 + rx * 2.4;
      const t = Math.abs((wave % 2) - 1);
      const relief = (value(column + 2, row + 2) - here) * unit * 0.035;
      const fine = Math.abs(((here * bands * 9 + rx * 5) % 1) - 0.5) * 2;
      let color = along(palette, t * 0.72 + rx * 0.5 - 0.1);
      color = mix(color, vein, smooth(0.93, 1, fine) * 0.4 * smooth(0.4, 0.7, rx));
      blend(sheet, row * width + column, lighten(color, Math.max(-0.1, Math.min(0.12, relief))), 1);
    }
}

/** Sheets of paper behind sheets of paper, each with its own shadow. */
function paintWaves({ sheet, seed, palette, dice }: Study): void {
  const { width, height, unit } = sheet;
  const count = 11;
  const sun = { x: width * (0.25 + dice() * 0.5), y: height * (0.2 + dice() * 0.16), r: unit * (0.08 + dice() * 0.08) };
  const [high, low] = [palette[4]!, mix(palette[3]!, palette[4]!, 0.4)];
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const far = Math.hypot(column - sun.x, row - sun.y) - sun.r;
      const tone = mix(mix(high, low, row / height), palette[3]!, 0.35 * Math.exp(-Math.max(0, far) / (unit * 0.16)));
      blend(sheet, row * width + column, mix(tone, mix(palette[2]!, palette[3]!, 0.35), clamp(0.5 - far)), 1);
    }
  const slant = (dice() - 0.5) * 0.3;
  const edges = Array.from({ length: count }, (_, index) => {
    const base = height * (0.34 + (0.68 * index) / (count - 1));
    const rate = 1.2 + dice() * 1.1;
    return Float32Array.from({ length: width }, (__, column) => {
      const x = column / unit;
      return (
        base + unit * ((noise(x * rate + index * 3.7, 1, seed + index) - 0.5) * 0.2 + 0.02 * Math.sin(x * 9 + index * 2) + slant * (x - width / unit / 2) * 0.5)
      );
    });
  });
  for (const [index, edge] of edges.entries()) {
    const face = along([...palette].reverse(), 0.16 + (0.84 * index) / (count - 1));
    for (let column = 0; column < width; column += 1) {
      const last = Math.min(height, (edges[index + 1]?.[column] ?? height) + 2);
      paintStrip(sheet, { column, edge: edge[column]!, last, face, shadow: palette[0]!, seed });
    }
  }
}

interface Strip {
  readonly column: number;
  readonly edge: number;
  readonly last: number;
  readonly face: Color;
  readonly shadow: Color;
  readonly seed: number;
}

/** One column of a sheet of paper, and the shadow that it throws on the one behind. */
function paintStrip(sheet: Sheet, { column, edge, last, face, shadow, seed }: Strip): void {
  const { width, unit } = sheet;
  for (let row = Math.max(0, Math.floor(edge - unit * 0.02)); row < last; row += 1) {
    const below = row + 0.5 - edge;
    if (below < -0.5) {
      blend(sheet, row * width + column, shadow, 0.3 * Math.exp(below / (unit * 0.007)));
      continue;
    }
    const shade = smooth(unit * 0.16, 0, below) * 0.07 - 0.02;
    const fibre = (noise(column * 0.35, row * 0.9, seed + 80) - 0.5) * 0.018;
    blend(sheet, row * width + column, lighten(face, shade + fibre + (below < 1.6 ? 0.06 : 0)), Math.min(1, below + 0.5));
  }
}
