import { fromHex, mix, type Color } from "./color.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import { along, paletteOf } from "./palette.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, coarse, dot, glow, shape, type Sheet } from "./sheet.ts";

const night = fromHex("#05060f");

/** Clouds of gas, stars in front of and behind them, and planets. */
export function paintSpace(sheet: Sheet, scene: Scene): void {
  const dice = createDice(scene.seed ^ 0x5c5c);
  const palette = paletteOf(scene, dice);
  paintNebula(sheet, scene, palette, dice);
  scatterStars(sheet, dice);
  const lightX = dice() < 0.5 ? -1 : 1;
  const { width, height, unit } = sheet;
  const main = { x: width * (0.5 + lightX * -0.04 + (dice() - 0.5) * 0.4), y: height * (0.36 + dice() * 0.32), r: unit * (0.15 + dice() ** 2 * 0.16) };
  const planets = [main];
  if (dice() < 0.75)
    planets.unshift({
      x: main.x + (dice() < 0.5 ? -1 : 1) * main.r * (1.6 + dice()),
      y: main.y - main.r * (0.4 + dice() * 1.4),
      r: main.r * (0.1 + dice() * 0.22),
    });
  for (const [index, planet] of planets.entries()) {
    const ring = planet === main && (scene.ringed || dice() < 0.5) ? { tilt: 0.18 + dice() * 0.22, turn: (dice() - 0.5) * 0.9 } : null;
    paintPlanet(sheet, { ...planet, lightX, ring, seed: scene.seed + index * 17, kind: dice(), palette: index % 2 === 0 ? palette : [...palette].reverse() });
  }
}

function paintNebula(sheet: Sheet, { seed }: Scene, palette: readonly Color[], dice: () => number): void {
  const { width, height, unit } = sheet;
  const turn = dice() * Math.PI;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const [midX, midY] = [width * (0.3 + dice() * 0.4), height * (0.3 + dice() * 0.4)];
  const place = (x: number, y: number): [number, number] => [((x - midX) * c + (y - midY) * s) / unit, ((y - midY) * c - (x - midX) * s) / unit];
  const bend = coarse(sheet, 4, (x, y) => fbm((x / unit) * 1.7, (y / unit) * 1.7, seed, 4) - 0.5);
  const gas = coarse(sheet, 2, (x, y) => {
    const [u, v] = place(x, y);
    const w = bend(Math.min(width, x), Math.min(height, y)) * 1.9;
    const cloud = fbm(u * 2 + w + 7, v * 2 - w, seed + 1, 6);
    return cloud - 0.2 - 0.5 * smooth(0.05, 0.75, Math.abs(v + w * 0.16));
  });
  const dust = coarse(sheet, 2, (x, y) => {
    const [u, v] = place(x, y);
    const w = bend(Math.min(width, x), Math.min(height, y)) * 2.4;
    const fold = 1 - Math.abs(2 * fbm(u * 2.6 - w, v * 2.6 + w, seed + 2, 5) - 1);
    return fold ** 3;
  });
  const [deep, wide, core, hot] = [palette[1]!, palette[2]!, palette[3]!, mix(palette[4]!, [0.97, 0, 0.01], 0.4)];
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const thick = gas(column, row);
      const dark = dust(column, row);
      let color = mix(night, [deep[0] * 0.55, deep[1], deep[2]], smooth(-0.3, 0.2, thick) * 0.75);
      color = mix(color, wide, smooth(0.04, 0.4, thick) * 0.62);
      color = mix(color, core, smooth(0.2, 0.46, thick) * 0.5);
      color = mix(color, hot, smooth(0.4, 0.62, thick) * 0.5);
      color = mix(color, night, smooth(0.4, 1, dark) * 0.5 * smooth(-0.1, 0.2, thick));
      blend(sheet, row * width + column, color, 1);
    }
}

function scatterStars(sheet: Sheet, dice: () => number): void {
  const { width, height, unit } = sheet;
  const count = Math.round(((width * height) / (unit * unit)) * 1900);
  for (let star = 0; star < count; star += 1) {
    const power = dice() ** 10;
    const warm = dice();
    const tone: Color = [1, warm < 0.25 ? 0.03 : -0.01, warm < 0.25 ? 0.05 : -0.035];
    const place = { x: dice() * width, y: dice() * height, r: unit * (0.0006 + 0.0016 * power) };
    dot(sheet, place, tone, 0.3 + 0.7 * dice());
    if (power < 0.45) continue;
    glow(sheet, { ...place, r: unit * 0.009 * power }, tone, 0.4);
    for (const flat of [0.03, 30]) glow(sheet, { x: place.x, y: place.y, r: flat < 1 ? unit * 0.024 * power : unit * 0.0008 * power, flat }, tone, 0.6);
  }
}

interface Planet {
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly lightX: number;
  readonly ring: { readonly tilt: number; readonly turn: number } | null;
  readonly seed: number;
  /** 0 to 1: bands of gas, or land and seas. */
  readonly kind: number;
  readonly palette: readonly Color[];
}

function paintPlanet(sheet: Sheet, planet: Planet): void {
  const { x, y, r, lightX, ring, palette } = planet;
  const { unit } = sheet;
  if (ring) paintRing(sheet, planet, -1);
  glow(sheet, { x: x + lightX * r * 0.12, y: y - r * 0.06, r: r * 1.28 }, mix(palette[2]!, palette[4]!, 0.4), 0.34);
  const sun = [lightX * 0.78, -0.36, 0.5] as const;
  const pad = 2;
  shape(
    sheet,
    { x: x - r - pad, y: y - r - pad, w: 2 * (r + pad), h: 2 * (r + pad) },
    (px, py) => Math.hypot(px - x, py - y) - r,
    (px, py) => {
      const [dx, dy] = [(px - x) / r, (py - y) / r];
      const dz = Math.sqrt(Math.max(0, 1 - dx * dx - dy * dy));
      const facing = dx * sun[0] + dy * sun[1] + dz * sun[2];
      const day = smooth(-0.06, 0.75, facing);
      const surface = surfaceOf(planet, dx, dy, dz);
      const rim = (1 - dz) ** 3;
      let color = mix([surface[0] * 0.09 + 0.03, surface[1] * 0.3, surface[2] * 0.3], surface, day);
      if (ring) color = mix(color, night, shadowOfRing(dx, dy, ring) * 0.5 * day);
      return mix(color, mix(palette[4]!, palette[2]!, 0.5), clamp(rim * smooth(-0.1, 0.5, facing) * 0.85));
    },
  );
  if (ring) paintRing(sheet, planet, 1);
  if (r < unit * 0.03) return;
  glow(sheet, { x: x + lightX * r * 0.78, y: y - r * 0.36, r: r * 0.5 }, palette[4]!, 0.16);
}

function surfaceOf({ kind, seed, palette }: Planet, dx: number, dy: number, dz: number): Color {
  // Onto the ball: what is at its rim is foreshortened.
  const u = Math.atan2(dx, dz) * 0.9 + 4;
  const v = Math.asin(clamp((dy + 1) / 2) * 2 - 1);
  if (kind < 0.6) {
    const swirl = fbm(u * 2, v * 6, seed + 5, 4) - 0.5;
    const band = fbm(u * 0.25 + swirl * 0.35, v * 5.2 + swirl * 0.55, seed + 6, 5);
    return mix(along(palette.slice(1), clamp((band - 0.2) * 1.6)), palette[4]!, smooth(0.6, 0.75, noise(v * 9 + swirl, 3, seed)) * 0.35);
  }
  const land = fbm(u * 1.7, v * 1.9, seed + 6, 6);
  const clouds = fbm(u * 2.1 + land, v * 4, seed + 8, 5);
  const ground = mix(mix(palette[1]!, palette[2]!, smooth(0.3, 0.52, land)), palette[3]!, smooth(0.52, 0.58, land));
  return mix(ground, [0.95, 0, 0], smooth(0.54, 0.7, clouds) * 0.8 + smooth(1.1, 1.35, Math.abs(v)) * 0.8);
}

const shadowOfRing = (dx: number, dy: number, { tilt, turn }: { tilt: number; turn: number }): number => {
  const across = dx * Math.cos(turn) + dy * Math.sin(turn);
  const up = (dy * Math.cos(turn) - dx * Math.sin(turn) + 0.16) / tilt;
  const at = Math.hypot(across, up);
  return smooth(1.1, 1.2, at) * smooth(2, 1.9, at);
};

/** The half of the ring that is behind the planet (-1), or in front of it (1). */
function paintRing(sheet: Sheet, { x, y, r, ring, seed, palette, lightX }: Planet, half: number): void {
  const { tilt, turn } = ring!;
  const reach = r * 2.3;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(sheet.height, y + reach); row += 1)
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(sheet.width, x + reach); column += 1) {
      const [dx, dy] = [(column - x) / r, (row - y) / r];
      const across = dx * c + dy * s;
      const up = (dy * c - dx * s) / tilt;
      if (up * half < 0) continue;
      const at = Math.hypot(across, up);
      if (at < 1.28 || at > 2.25) continue;
      const grooves = 0.25 + 0.75 * fbm(at * 14, 1, seed + 8, 4);
      const share = smooth(1.28, 1.36, at) * smooth(2.25, 2.14, at) * grooves * (1 - 0.85 * smooth(0.03, 0.01, Math.abs(at - 1.86)));
      const shaded = half < 0 && across * lightX < 0.2 && Math.abs(dy) < 0.8 && Math.hypot(dx + lightX * 0.5, dy) < 0.95 ? 0.25 : 1;
      const tone = mix(palette[3]!, palette[4]!, noise(at * 9, 2, seed));
      blend(sheet, row * sheet.width + column, [tone[0] * (0.35 + 0.62 * shaded), tone[1], tone[2]], clamp(share * 0.95));
    }
}
