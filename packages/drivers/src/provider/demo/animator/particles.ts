/** Small things that move by themselves: rain, snow, leaves, petals, dust, birds, and stars that twinkle. */
import { fromHex, type Color } from "../painter/color.ts";
import { createDice, noise } from "../painter/noise.ts";
import type { Camera } from "./camera.ts";
import type { Frame, Moment } from "./compose.ts";
import { colorOf, type Layers } from "./layers.ts";

export type Draw = (frame: Frame, moment: Moment) => void;

interface Ground {
  readonly layers: Layers;
  readonly camera: Camera;
  readonly unit: number;
  readonly width: number;
  readonly height: number;
  /** Before a given picture everything comes in slowly. */
  readonly given: boolean;
}

export function createParticles(ground: Ground): readonly Draw[] {
  const { scene, light, horizon } = ground.layers;
  const { given } = ground;
  const outdoors = horizon !== null || given;
  const draws: Draw[] = [];
  if (outdoors && scene.rain) draws.push(rain(ground));
  if (outdoors && scene.snowfall && scene.season === "winter")
    draws.push(floating(ground, { tones: ["#f4f8ff"], count: 900, fall: 0.13, size: 0.0034, waver: 0.02 }));
  if (scene.subject === "forest" && scene.season === "autumn" && !scene.rain)
    draws.push(floating(ground, { tones: ["#c4702e", "#e2a03c", "#a83c22"], count: 46, fall: 0.11, size: 0.0044, waver: 0.05 }));
  if (scene.blossom && !given) draws.push(floating(ground, { tones: ["#f8d4dc", "#f4b8c8"], count: 70, fall: 0.07, size: 0.0032, waver: 0.06 }));
  const airy = given || scene.subject === "forest" || scene.subject === "meadow" || scene.subject === "abstract";
  if (airy && !scene.rain && !scene.snowfall) draws.push(dust(ground));
  if (!given && (light.dark || scene.subject === "space")) draws.push(twinkle(ground));
  const open = scene.subject === "sea" || scene.subject === "mountains" || scene.subject === "meadow" || scene.subject === "desert";
  if (!given && open && !light.dark && !scene.rain && !scene.snowfall) draws.push(birds(ground));
  if (scene.thunder && !given) draws.push(flash(ground));
  return draws;
}

const wrap = (value: number, size: number): number => value - Math.floor(value / size) * size;

function rain({ unit, width, height, layers: { scene, light }, given }: Ground): Draw {
  const dice = createDice(scene.seed ^ 0x4a14);
  const lean = (dice() - 0.5) * 0.3;
  const tone: Color = light.dark ? [150, 165, 190] : [222, 230, 238];
  const drops = Array.from({ length: Math.round((width * height * 620) / (unit * unit)) }, () => ({ x: dice(), y: dice(), near: dice() ** 2 }));
  return (frame, { seconds }) => {
    const strength = given ? Math.min(1, seconds / 1.2) : 1;
    for (const { x, y, near } of drops) {
      const long = (0.02 + 0.05 * near) * unit;
      const fallen = seconds * (1.1 + 1.2 * near) * unit;
      const top = wrap(y * (height + long) + fallen, height + long) - long;
      const left = wrap(x * width * 1.2 + lean * fallen, width * 1.2) - width * 0.1;
      streak(frame, { x: left, y: top, lean, long, tone, share: (0.1 + 0.2 * near) * strength });
    }
  };
}

interface Floating {
  readonly tones: readonly string[];
  /** On a square of 1 by 1 unit. */
  readonly count: number;
  /** Units a second. */
  readonly fall: number;
  readonly size: number;
  readonly waver: number;
}

function floating({ unit, width, height, layers: { scene }, given }: Ground, { tones, count, fall, size, waver }: Floating): Draw {
  const dice = createDice(scene.seed ^ 0x5a0f);
  const colors = tones.map((hex) => colorOf(fromHex(hex)));
  const flakes = Array.from({ length: Math.round((width * height * count) / (unit * unit)) }, () => ({
    x: dice(),
    y: dice(),
    near: dice() ** 3,
    turn: dice() * 6.28,
    tone: colors[Math.floor(dice() * colors.length)]!,
  }));
  return (frame, { seconds }) => {
    const strength = given ? Math.min(1, seconds / 1.2) : 1;
    for (const { x, y, near, turn, tone } of flakes) {
      const reach = height * 1.06;
      const py = wrap(y * reach + seconds * fall * (0.45 + near) * unit, reach) - height * 0.03;
      const px = wrap(x * width + Math.sin(seconds * (0.9 + near) + turn) * waver * unit * (0.3 + near) + seconds * 0.02 * unit, width);
      disc(frame, { x: px, y: py, r: size * unit * (0.28 + near), tone, share: (0.85 - 0.4 * near) * strength });
    }
  };
}

/** Motes in the light: they come and go. */
function dust({ unit, width, height, layers: { scene, light }, given }: Ground): Draw {
  const dice = createDice(scene.seed ^ 0xd057);
  const night = light.dark && !given;
  const tone: Color = night ? [214, 236, 120] : colorOf([Math.min(0.98, light.sun[0]), light.sun[1], light.sun[2]]);
  const motes = Array.from({ length: night ? 34 : 60 }, () => ({ x: dice(), y: dice(), near: dice() ** 2, turn: dice() * 6.28, rate: 0.5 + dice() }));
  return (frame, { seconds }) => {
    const strength = given ? Math.min(1, seconds / 1.5) : 1;
    for (const { x, y, near, turn, rate } of motes) {
      const px = wrap(x * width + (Math.sin(seconds * 0.5 * rate + turn) * 0.03 + seconds * 0.012) * unit, width);
      const py = wrap(y * height - (seconds * 0.018 * rate + Math.cos(seconds * 0.4 + turn) * 0.012) * unit, height);
      const lit = 0.5 + 0.5 * Math.sin(seconds * 1.7 * rate + turn * 3);
      halo(frame, { x: px, y: py, r: unit * (0.003 + 0.007 * near), tone, share: lit * strength * (night ? 0.9 : 0.42) });
    }
  };
}

/** The brightest points of the sky. */
function twinkle({ layers, camera, height, unit }: Ground): Draw {
  const plane = layers.sky?.heavens ?? layers.still;
  const open = layers.sky?.open ?? null;
  const stars: { x: number; y: number; power: number }[] = [];
  const step = Math.max(4, Math.round(unit / 90));
  const last = Math.min(plane.height - step, layers.horizon ?? plane.height);
  for (let row = step; row < last; row += step)
    for (let column = step; column < plane.width - step; column += step) {
      const best = brightest(plane, [column, row], step);
      if (best.power > 150 && best.power - best.around > 70 && (open === null || open[best.y * plane.width + best.x] === 255)) stars.push(best);
    }
  const chosen = stars.toSorted((a, b) => b.power - a.power).slice(0, 160);
  return (frame, { seconds, gone }) => {
    for (const [index, { x, y }] of chosen.entries()) {
      const row = rowOf(y, gone);
      const look = camera.sky(row, gone);
      const lit = noise(seconds * 2.6 + index * 7.1, index * 3.7, layers.scene.seed + 17);
      halo(frame, { x: (x - look.left) / look.scale, y: row, r: unit * 0.0044, tone: [225, 232, 255], share: Math.max(0, lit - 0.34) * 0.9 });
    }
  };
  function rowOf(y: number, gone: number): number {
    const [first, end] = [camera.sky(0, gone).y, camera.sky(height - 1, gone).y];
    return ((y - first) / (end - first)) * (height - 1);
  }
}

function brightest(
  { width, pixels }: Layers["still"],
  [column, row]: readonly [number, number],
  step: number,
): { x: number; y: number; power: number; around: number } {
  let best = { x: column, y: row, power: 0, around: 0 };
  let sum = 0;
  for (let y = row; y < row + step; y += 1)
    for (let x = column; x < column + step; x += 1) {
      const power = pixels[(y * width + x) * 3 + 1]!;
      sum += power;
      if (power > best.power) best = { x, y, power, around: 0 };
    }
  return { ...best, around: sum / (step * step) };
}

/** A few birds far off, each with its own beat. */
function birds({ unit, width, layers: { scene, light, horizon, still }, height }: Ground): Draw {
  const dice = createDice(scene.seed ^ 0xb12d);
  const level = ((horizon ?? 0) / still.height) * height;
  const way = dice() < 0.5 ? 1 : -1;
  const from = { x: width * (way > 0 ? 0.12 + 0.3 * dice() : 0.58 + 0.3 * dice()), y: level * (0.25 + 0.35 * dice()) };
  const tone = colorOf([Math.max(0.16, light.shade[0]), light.shade[1], light.shade[2]]);
  const flock = Array.from({ length: 5 + Math.floor(dice() * 5) }, () => ({
    x: (dice() - 0.5) * 0.24 * unit,
    y: (dice() - 0.5) * 0.1 * unit,
    size: (0.006 + 0.005 * dice()) * unit,
    beat: 6 + 3 * dice(),
    turn: dice() * 6.28,
  }));
  return (frame, { seconds }) => {
    for (const { x, y, size, beat, turn } of flock) {
      const px = from.x + x + way * seconds * 0.05 * unit;
      const py = from.y + y + Math.sin(seconds * 0.8 + turn) * 0.004 * unit - seconds * 0.004 * unit;
      const lift = Math.sin(seconds * beat + turn) * 0.55 + 0.15;
      wing(frame, { x: px, y: py, size, lift, tone, side: -1 });
      wing(frame, { x: px, y: py, size, lift, tone, side: 1 });
    }
  };
}

function wing(frame: Frame, { x, y, size, lift, tone, side }: { x: number; y: number; size: number; lift: number; tone: Color; side: number }): void {
  for (let step = 0; step <= size; step += 0.5) {
    const t = step / size;
    // Bent at the wrist.
    const up = lift * (t < 0.45 ? t : 0.45 - (t - 0.45) * 0.4) * size * 1.5;
    disc(frame, { x: x + side * step, y: y - up, r: 0.75 * (1.15 - t * 0.7), tone, share: 0.5 });
  }
}

function flash({ layers: { scene } }: Ground): Draw {
  const at = 0.9 + createDice(scene.seed ^ 0xf1a5)() * 0.8;
  return ({ pixels }, { seconds }) => {
    const since = [seconds - at, seconds - at - 0.22].map((gap) => (gap < 0 ? 0 : Math.exp(-gap / 0.07)));
    const more = 1 + 0.7 * since[0]! + 0.45 * since[1]!;
    if (more > 1.01) for (let at3 = 0; at3 < pixels.length; at3 += 1) pixels[at3] = pixels[at3]! * more;
  };
}

function streak(frame: Frame, { x, y, lean, long, tone, share }: Ink & { x: number; y: number; lean: number; long: number }): void {
  for (let step = 0; step < long; step += 1)
    dab(frame, [Math.round(x + lean * step), Math.round(y + step)], { tone, share: share * Math.min(1, step / long + 0.2) });
}

function dab({ width, height, pixels }: Frame, [x, y]: readonly [number, number], { tone, share }: Ink): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 3;
  for (let part = 0; part < 3; part += 1) pixels[at + part] = pixels[at + part]! * (1 - share) + tone[part]! * share;
}

interface Ink {
  readonly tone: Color;
  readonly share: number;
}

interface Spot extends Ink {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

function disc(frame: Frame, { x, y, r, tone, share }: Spot): void {
  const reach = Math.max(0.7, r);
  const full = share * Math.min(1, r / 0.7);
  for (let row = Math.floor(y - reach - 1); row <= y + reach + 1; row += 1)
    for (let column = Math.floor(x - reach - 1); column <= x + reach + 1; column += 1) {
      const cover = reach + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y);
      if (cover > 0) dab(frame, [column, row], { tone, share: full * Math.min(1, cover) });
    }
}

/** Adds light. */
function halo({ width, height, pixels }: Frame, { x, y, r, tone, share }: Spot): void {
  for (let row = Math.max(0, Math.floor(y - r)); row <= Math.min(height - 1, y + r); row += 1)
    for (let column = Math.max(0, Math.floor(x - r)); column <= Math.min(width - 1, x + r); column += 1) {
      const near = 1 - ((column - x) ** 2 + (row - y) ** 2) / (r * r);
      if (near <= 0) continue;
      const at = (row * width + column) * 3;
      for (let part = 0; part < 3; part += 1) pixels[at + part] = pixels[at + part]! + tone[part]! * share * near * near * near;
    }
}
