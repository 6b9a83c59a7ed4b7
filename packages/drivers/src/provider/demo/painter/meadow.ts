import { fromHex, lighten, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { leavesOf, lookOf } from "./forest.ts";
import { greens, hazeOf, sunlight } from "./mountains.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { dot, line, type Sheet } from "./sheet.ts";
import { rowOf, WATER, type Land, type View } from "./terrain.ts";
import { broadleaf } from "./trees.ts";

export function meadow(scene: Scene, light: Light): Omit<Land, "air"> {
  const { seed, season } = scene;
  const [low, middle, pale] = greens[season].map(fromHex) as [Color, Color, Color];
  const sunny = sunlight(light);
  const [wheat, mud, hedge] = [fromHex("#c8b060"), fromHex("#8a8066"), lighten(low, -0.06)];
  const height = (x: number, z: number): number => {
    const rise = smooth(1, 4, z);
    let high = 0.06 + 0.03 * noise(x * 2, z * 2, seed + 4);
    if (z > 1) high += rise * (fbm(x * 0.42 + 3, z * 0.36, seed + 3, 3) - 0.42) * 0.85;
    if (z > 6) high += smooth(6, 14, z) * (0.15 + 0.75 * fbm(x * 0.22, z * 0.2, seed + 6, 4));
    if (!scene.water) return high;
    const course = 0.6 * Math.sin(z * 0.9 + (seed % 6)) * (0.5 + z * 0.14);
    return high * (1 - 0.8 * smooth(1, 0.2, Math.abs(x - course)) * smooth(8, 6, z)) - 0.14 * smooth(0.36, 0.08, Math.abs(x - course)) * smooth(7, 5.5, z);
  };
  return {
    near: 0.5,
    far: 24,
    top: 1.3,
    height,
    haze: hazeOf(scene, light, 0.085),
    color({ x, z, height: high, slopeX, slopeZ }) {
      const grain = fbm(x * 16, z * 16, seed + 21, 2);
      // Fields of different crops, and hedges between them.
      const plot = noise(Math.floor(x * 0.9 + noise(x, z, seed) * 0.8 + 40), Math.floor(z * 0.6 + noise(z, x, seed) * 0.5 + 40), seed + 8);
      const wood = z > 2.5 ? smooth(0.56, 0.62, fbm(x * 1.3, z * 1.1, seed + 12, 4)) * smooth(2.5, 4, z) : 0;
      let color = mix(mix(low, middle, clamp(0.55 + (grain - 0.5) * 1.2)), pale, smooth(0.35, 0.75, fbm(x * 0.9, z * 0.7, seed + 22, 3)) * 0.8);
      if (z > 3) color = mix(color, mix(mix(middle, pale, plot), wheat, plot > 0.66 ? 0.4 : 0), smooth(3, 5, z) * 0.6);
      color = mix(color, hedge, wood * 0.85);
      const share = clamp(sunny(slopeX, slopeZ) * 1.15 - 0.02 + (grain - 0.5) * 0.18 - wood * 0.3 + (noise(x * 0.5, z * 0.4, seed + 30) - 0.5) * 0.5);
      return light.lit(mix(color, mud, smooth(0.02, 0, high) * 0.5), share);
    },
  };
}

const bouquets = [
  ["#d8342c", "#e84a34", "#c82a30"],
  ["#f0c83c", "#f6e070", "#f4f0e4"],
  ["#7a5cc0", "#9a7ad4", "#b49ae0"],
  ["#e06a9c", "#f0a0bc", "#f6e6ec"],
  ["#f4f0e6", "#f0c83c", "#8a9ae0", "#d84a5c"],
];

function flowersOf(scene: Scene, dice: () => number): readonly Color[] {
  if (scene.palette.length > 0) return scene.palette.flatMap((hex) => [fromHex(hex), lighten(fromHex(hex), 0.08)]);
  if (scene.flowers.length > 0) return scene.flowers.map(fromHex);
  return bouquets[Math.floor(dice() * bouquets.length)]!.map(fromHex);
}

/** Trees on the slopes, then grass and flowers, from far to near. */
export function paintGrowth(sheet: Sheet, scene: Scene, light: Light, { view, land, water }: { view: View; land: Land; water: Uint8Array }): void {
  const { width, unit } = sheet;
  const dice = createDice(scene.seed ^ 0x6a33);
  const leaves = leavesOf({ ...scene, palette: [] });
  const trees = Array.from({ length: 5 + Math.floor(dice() * 9) }, () => 2.4 + dice() ** 0.7 * 6).sort((a, b) => b - a);
  for (const z of trees) {
    const x = dice() * width;
    const high = land.height(((x - width / 2) * z) / view.focal, z);
    const base = rowOf(view, high, z);
    if (high < 0.01 || isWet(sheet, water, x, base)) continue;
    const air = land.air(Math.floor(x));
    const look = lookOf(scene, light, leaves[Math.floor(dice() * leaves.length)]!, { air, away: land.haze(z, high) });
    dot(sheet, { x: x - look.side * unit * 0.05 * (2.4 / z), y: base, r: (unit * 0.16) / z, flat: 0.16 }, look.dark, 0.5);
    broadleaf(sheet, { x, base: base + 1, tall: (unit * (0.32 + 0.2 * dice())) / z }, look, dice);
  }
  paintBlades(sheet, scene, light, { view, land, water, many: 1 });
}

interface Growth {
  readonly view: View;
  readonly land: Land;
  readonly water: Uint8Array;
  /** How thick the grass is, and how many flowers are in it. */
  readonly many: number;
}

const isWet = ({ width, height }: Sheet, water: Uint8Array, x: number, y: number): boolean =>
  water[Math.min(height - 1, Math.max(0, Math.round(y))) * width + Math.max(0, Math.min(width - 1, Math.round(x)))] === WATER;

export function paintBlades(sheet: Sheet, scene: Scene, light: Light, { view, land, water, many }: Growth): void {
  const { width, height, unit } = sheet;
  const dice = createDice(scene.seed ^ 0xb1ad);
  const flowers = flowersOf(scene, dice);
  const [low, middle, pale] = greens[scene.season].map(fromHex) as [Color, Color, Color];
  const flowering = scene.season !== "winter";
  const wind = (dice() - 0.5) * 0.5;
  const total = Math.round((width / unit) * 8200 * many);
  for (let count = 0; count < total; count += 1) {
    const t = count / total;
    const z = (many < 1 ? 2.2 : 4.2) * ((many < 1 ? 0.2 : 0.1) + 0.9 * (1 - t) ** 1.35);
    const column = dice() * width;
    const x = ((column - width / 2) * z) / view.focal;
    const high = land.height(x, z);
    const y = rowOf(view, high, z);
    if (y > height * 1.12 || y < view.horizon * 0.9 || high < 0 || isWet(sheet, water, column, y)) continue;
    const away = land.haze(z, high);
    const air = land.air(Math.floor(column));
    const patch = fbm(x * 1.8, z * 1.6, scene.seed + 51, 3);
    const long = (unit * (0.026 + 0.04 * dice()) * (0.4 + 0.6 * many)) / z ** 0.92;
    const bend = (wind + (dice() - 0.5) * 0.7) * long;
    const grass = light.lit(mix(mix(low, middle, dice()), pale, patch * 0.7 * dice()), 0.25 + dice() * 0.75);
    line(sheet, { x0: column, y0: y + long * 0.2, x1: column + bend, y1: y - long, w0: (unit * 0.0032) / z, w1: 0.5 }, mix(grass, air, away), 0.85);
    if (!flowering || dice() > smooth(scene.flowers.length > 0 ? 0.2 : 0.34, 0.66, patch) * 0.6 * many) continue;
    const petal = flowers[Math.floor(dice() * flowers.length)]!;
    const r = (unit * (0.0042 + 0.0038 * dice())) / z ** 0.95;
    const [fx, fy] = [column + bend, y - long];
    dot(sheet, { x: fx, y: fy, r, flat: 0.72 }, mix(light.lit(petal, 0.45 + dice() * 0.3), air, away), 0.96);
    if (r < 1.6) continue;
    const heart = light.lit(petal[2] > 0.1 ? lighten(petal, -0.3) : [0.8, 0.02, 0.13], 0.8);
    dot(sheet, { x: fx - r * 0.25, y: fy - r * 0.2, r: r * 0.6, flat: 0.6 }, mix(light.lit(lighten(petal, 0.05), 1), air, away), 0.6);
    dot(sheet, { x: fx, y: fy, r: r * 0.28, flat: 0.7 }, mix(heart, air, away), 0.8);
  }
}
