import { fromHex, lighten, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { crests, greens, hazeOf, sunlight } from "./mountains.ts";
import { clamp, createDice, fbm, hash, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { dot, glow, line, shape, shine, type Sheet } from "./sheet.ts";
import { rowOf, WATER, type Land, type View } from "./terrain.ts";

/** Open water, an island or two, a headland with cliffs, or a beach at our feet. */
export function sea(scene: Scene, light: Light): Omit<Land, "air"> & { readonly headland: { x: number; z: number } } {
  const { seed, season } = scene;
  const dice = createDice(seed ^ 0x5ea);
  const side = light.sunX < 0.5 ? 1 : -1;
  const cape = scene.lighthouse || dice() < 0.5;
  const islands = dice() < 0.55;
  const beach = !scene.stormy && !scene.lighthouse && dice() < 0.45;
  const headland = { x: side * (0.75 + dice() * 0.5), z: 4.6 + dice() * 1.6 };
  const top = cape ? 0.72 + dice() * 0.2 : 0.2;
  const height = (x: number, z: number): number => {
    let high = -0.3;
    if (cape) {
      const inland = (x - headland.x) * side;
      const off = Math.max(0, -inland) * 1.5 + Math.max(0, Math.abs(z - headland.z) - 0.35) * 0.8;
      const rugged = fbm(x * 2.6, z * 2.6, seed + 3, 5) - 0.5;
      high = Math.max(high, (smooth(0.46, 0.1, off + rugged * 0.5) * (0.62 + 0.1 * Math.min(2, Math.max(0, inland)) + rugged * 0.2) - 0.2) * (top / 0.72));
    }
    if (islands && z > 9) high = Math.max(high, smooth(9, 12, z) * (crests(x * 0.22 + 5, z * 0.2, seed + 11, 6) * 1.7 - 0.75));
    if (beach) high = Math.max(high, 0.1 * (1.05 - z + 0.22 * (fbm(x * 1.4, z * 0.8, seed + 17, 3) - 0.5) + x * side * 0.2));
    return high;
  };
  const rock = fromHex(["#6a645c", "#8a7a66", "#c8bca8", "#54545a"][Math.floor(dice() * 4)]!);
  const [low, middle] = greens[season].map(fromHex) as [Color, Color, Color];
  const sand = fromHex("#d8be94");
  const sunny = sunlight(light);
  return {
    headland,
    near: 0.5,
    far: 26,
    top: islands ? 1.4 : top + 0.1,
    height,
    haze: hazeOf(scene, light, 0.06),
    color({ x, z, height: high, slopeX, slopeZ }) {
      const grain = fbm(x * 9, z * 9 + high * 14, seed + 21, 4);
      if (beach && z < 2) {
        const damp = smooth(0.03, 0.004, high);
        return light.lit(mix(lighten(sand, (grain - 0.5) * 0.06), lighten(sand, -0.2), damp), clamp(0.72 + (grain - 0.5) * 0.3));
      }
      const steep = Math.hypot(slopeX, slopeZ);
      const strata = noise(x * 0.8, high * 34 + grain * 2, seed + 5);
      let color: Color = [rock[0] * (0.8 + 0.26 * strata), rock[1], rock[2]];
      color = mix(color, mix(low, middle, grain), smooth(0.16, 0.34, high) * smooth(1.7, 0.7, steep));
      color = mix(color, lighten(rock, -0.22), smooth(0.05, 0.01, high) * 0.8);
      return light.lit(color, clamp(sunny(slopeX, slopeZ) + 0.08 + (grain - 0.5) * 0.3));
    },
  };
}

/** Foam where waves run up a beach or break at rocks; painted over the water. */
export function paintFoam(sheet: Sheet, scene: Scene, light: Light, { view, water, land }: { view: View; water: Uint8Array; land: Land }): void {
  const { width, height, unit } = sheet;
  const white: Color = light.dark ? mix(light.middle, [0.85, 0, 0], 0.5) : mix([0.96, 0, 0], light.sun, light.low ? 0.5 : 0.1);
  for (let row = Math.floor(view.horizon + unit * 0.04); row < height; row += 1) {
    const z = (view.eye * view.focal) / (row + 0.5 - view.horizon);
    for (let column = 0; column < width; column += 1) {
      if (water[row * width + column] !== WATER) continue;
      const x = ((column - width / 2) * z) / view.focal;
      const high = land.height(x, z);
      if (high < -0.09) continue;
      const lace = fbm(x * 11, z * 11, scene.seed + 60, 4);
      const swash = Math.max(smooth(-0.016, -0.002, high), smooth(0.012, 0, Math.abs(high + 0.032 + (lace - 0.5) * 0.012)) * 0.9);
      shine(sheet, row * width + column, white, clamp(swash * smooth(0.3, 0.55, lace + 0.14 * hash(column, row, 3))) * 0.9);
    }
  }
}

/** A lighthouse on the headland. */
export function paintLighthouse(
  sheet: Sheet,
  light: Light,
  { view, at }: { view: View; at: { x: number; z: number; high: number; away: number; air: Color } },
): void {
  const { width, unit } = sheet;
  const scale = view.focal / at.z;
  const x = width / 2 + at.x * scale;
  const base = rowOf(view, at.high, at.z) + 2;
  const tall = Math.max(0.11 * unit, 0.55 * scale);
  const wide = tall * 0.2;
  const seen = (hex: string, share: number): Color => mix(light.lit(fromHex(hex), share), at.air, at.away);
  const side = light.sunX < 0.5 ? -1 : 1;
  const tower = (px: number, py: number): number => Math.abs(px - x) - (wide / 2) * (1 - 0.36 * ((base - py) / tall));
  shape(sheet, { x: x - wide, y: base - tall, w: wide * 2, h: tall }, tower, (px, py) => {
    const band = Math.floor(((base - py) / tall) * 5) % 2 === 1;
    return seen(band ? "#b8362c" : "#eeeae0", clamp(0.5 + ((px - x) / wide) * side * 1.1));
  });
  const lamp = base - tall * 1.07;
  line(sheet, { x0: x - wide * 0.45, y0: base - tall, x1: x + wide * 0.45, y1: base - tall, w0: tall * 0.03, w1: tall * 0.03 }, seen("#2a2a30", 0.3), 1);
  line(sheet, { x0: x, y0: base - tall, x1: x, y1: lamp - tall * 0.03, w0: wide * 0.46, w1: wide * 0.46 }, fromHex("#ffeab0"), 1);
  line(sheet, { x0: x, y0: lamp - tall * 0.02, x1: x, y1: lamp - tall * 0.12, w0: wide * 0.6, w1: 1 }, seen("#8a2c28", 0.5), 1);
  if (light.dark || light.low) {
    glow(sheet, { x, y: lamp, r: tall * 1.1 }, fromHex("#ffe2a0"), 0.5);
    for (const way of [-1, 1]) glow(sheet, { x: x + way * unit * 0.2, y: lamp, r: unit * 0.26, flat: 0.05 }, fromHex("#ffe8b8"), 0.22);
  }
}

/** A sailing boat, with what the water shows of it. */
export function paintBoat(sheet: Sheet, scene: Scene, light: Light, view: View): void {
  const { width, unit } = sheet;
  const dice = createDice(scene.seed ^ 0xb0a7);
  const x = width * (light.sunX < 0.5 ? 0.56 + dice() * 0.2 : 0.24 + dice() * 0.2);
  const tall = unit * (0.1 + dice() * 0.07);
  const base = view.horizon + unit * (0.035 + dice() * 0.06);
  const sail = light.lit(fromHex(scene.palette[0] ?? "#f2ece0"), 0.9);
  const dim = light.lit(fromHex(scene.palette[0] ?? "#d8ccc0"), 0.4);
  const hull = light.lit(fromHex("#5a3428"), 0.4);
  const way = dice() < 0.5 ? -1 : 1;
  for (const [flip, share] of [
    [1, 1],
    [-0.8, 0.3],
  ] as const) {
    const y = (up: number): number => base - up * tall * flip;
    for (let row = 0; row < 60; row += 1) {
      const t = row / 60;
      const wobble = flip < 0 ? (dice() - 0.5) * tall * 0.03 : 0;
      const belly = Math.sin(t * Math.PI) * 0.05 * tall;
      const [y0, w] = [y(0.1 + t * 0.86), (tall * Math.abs(flip)) / 58];
      line(
        sheet,
        { x0: x + way * tall * 0.015 + wobble, y0, x1: x + way * (tall * 0.4 * (1 - t) + belly) + wobble, y1: y0 + 0.01, w0: w, w1: w },
        mix(dim, sail, 0.4 + 0.6 * t),
        share,
      );
      if (t < 0.78)
        line(
          sheet,
          { x0: x - way * tall * 0.015 + wobble, y0, x1: x - way * (tall * 0.26 * (1 - t / 0.78) + belly * 0.6) + wobble, y1: y0 + 0.01, w0: w, w1: w },
          mix(dim, sail, 0.2 + 0.4 * t),
          share,
        );
    }
    line(sheet, { x0: x - tall * 0.3, y0: y(0.045), x1: x + tall * 0.34, y1: y(0.045) + 0.01, w0: tall * 0.06, w1: tall * 0.09 }, hull, share);
    line(sheet, { x0: x, y0: y(0), x1: x, y1: y(1), w0: tall * 0.012, w1: tall * 0.008 }, hull, share);
  }
  dot(sheet, { x, y: base + tall * 0.02, r: tall * 0.4, flat: 0.05 }, light.shade, 0.35);
}
