import { mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { put, type Sheet } from "./sheet.ts";
import { sunAt } from "./sky.ts";
import { LAND, WATER, type View } from "./terrain.ts";

/** How water moves: 0 is a mirror, 1 an open sea on a fair day. */
export const roughnessOf = (scene: Scene): number => {
  const calm = scene.water === "lake" ? 0.16 : scene.water === "river" ? 0.28 : 0.8;
  return calm * (scene.stormy ? 1.9 : scene.hour === "dawn" || scene.fog ? 0.7 : 1) + (scene.rain ? 0.12 : 0);
};

/** Paints the water of the mask: what stands above it stands in it on its head. Everything else must be painted before. */
export function paintWater(sheet: Sheet, scene: Scene, light: Light, { view, water }: { view: View; water: Uint8Array }): void {
  const { width, height, unit, lab } = sheet;
  const shores = shoresOf(sheet, water);
  const still = new Float32Array(lab);
  const rough = roughnessOf(scene);
  const sun = sunAt(sheet, light, view.horizon);
  const bright = scene.stormy || scene.rain || (scene.fog && !light.low) ? 0.12 : scene.hour === "dusk" ? 0.35 : 1;
  const deep: Color = mix(mix(light.zenith, light.shade, light.dark ? 0.5 : 0.4), [0.42, -0.03, -0.03], light.dark || light.low ? 0 : 0.3);
  const waves = createWaves(scene.seed, view, rough);
  for (let row = Math.max(0, Math.floor(view.horizon)); row < height; row += 1) {
    const down = Math.max(0.5, row + 0.5 - view.horizon);
    const z = (view.eye * view.focal) / down;
    const fall = down / (height - view.horizon);
    for (let column = 0; column < width; column += 1) {
      if (water[row * width + column] !== WATER) continue;
      const x = ((column - width / 2) * z) / view.focal;
      const wave = waves(x, z);
      const shore = shores[column]!;
      const room = shore / Math.max(1, height - shore);
      const depth = row - shore;
      const tremble = (wave * (0.06 + 0.26 * rough) + rough * 0.03) * unit * Math.min(1, (depth / unit) * 6 + 0.05);
      const at = { x: column + wave * unit * 0.016 * Math.min(1, (depth / unit) * 9), y: shore - 1 - depth * Math.min(1, room) - tremble };
      // What stands at the shore is mirrored there, the sky behind it at the horizon.
      const solid = water[Math.max(0, Math.min(height - 1, Math.round(at.y))) * width + Math.max(0, Math.min(width - 1, Math.round(at.x)))] === LAND;
      if (!solid) at.y = view.horizon - 1 - down * Math.min(1, view.horizon / (height - view.horizon)) - tremble;
      const from = read(still, width, at, solid ? shore : view.horizon);
      const steep = clamp(0.1 + fall * 0.34 - wave * 0.5 * rough);
      let color = mix(from, deep, steep);
      const path = (column - sun.x) / unit / (0.012 + light.sunSize * 0.5 + fall * (0.05 + 0.12 * rough));
      const along = Math.exp(-path * path) * bright;
      if (along > 0.01) color = mix(color, light.sun, clamp(along * (smooth(0.05, 0.45, wave + 0.12) * 1.1 + 0.12)) * (light.dark ? 0.72 : 0.92));
      if (rough > 1)
        color = mix(color, [0.8 - (light.dark ? 0.3 : 0), 0, -0.01], smooth(0.36, 0.66, wave + (noise(x * 14, z * 14, scene.seed) - 0.5) * 0.5) * 0.6);
      const far = smooth(0.05, 0, fall);
      color = mix(color, light.haze, far * (scene.fog ? 0.9 : 0.5));
      put(sheet, row * width + column, color);
    }
  }
}

/** Two directions of waves; those too fine for a pixel at their distance are left out. */
function createWaves(seed: number, { eye, focal }: View, rough: number): (x: number, z: number) => number {
  const octaves = [1.1, 3, 8].map((rate, index) => ({ rate, power: [0.46, 0.38, 0.3][index]!, seed: seed + 40 + index }));
  return (x, z) => {
    const grain = (z * z) / (eye * focal);
    let sum = 0;
    for (const { rate, power, seed: own } of octaves) {
      const share = smooth(0.9, 0.25, grain * rate * 2.4);
      if (share <= 0) break;
      const bend = x * 0.22;
      sum += share * power * (noise(x * rate + z * rate * 0.3, (z + bend) * rate * 2.4, own) - 0.5) * 2;
    }
    // Far out only the long swell is seen, as bands.
    return sum + 0.14 * rough * (noise(x * 0.12, Math.log(z) * 26, seed + 47) - 0.5) * 2;
  };
}

/** The first row of water in each column. */
function shoresOf({ width, height, unit }: Sheet, water: Uint8Array): Float32Array {
  const raw = new Float32Array(width).fill(height);
  for (let column = 0; column < width; column += 1) {
    let row = 0;
    while (row < height && water[row * width + column] !== WATER) row += 1;
    raw[column] = row;
  }
  const reach = Math.round(unit / 60);
  let before = raw.find((row) => row < height) ?? height;
  const filled = raw.map((row) => (before = row < height ? row : before));
  return filled.map((row, column) => {
    if (raw[column] === height) return row;
    let least = row;
    for (let at = Math.max(0, column - reach); at <= Math.min(width - 1, column + reach); at += 4)
      if (Math.abs(filled[at]! - row) < reach) least = Math.min(least, filled[at]!);
    return least;
  });
}

function read(lab: Float32Array, width: number, { x, y }: { x: number; y: number }, shore: number): Color {
  const column = Math.max(0, Math.min(width - 1, Math.round(x)));
  const above = Math.max(0, Math.min(shore - 1, y));
  const row = Math.floor(above);
  const part = above - row;
  const first = (row * width + column) * 3;
  const second = row + 1 < shore ? first + width * 3 : first;
  return [
    lab[first]! * (1 - part) + lab[second]! * part,
    lab[first + 1]! * (1 - part) + lab[second + 1]! * part,
    lab[first + 2]! * (1 - part) + lab[second + 2]! * part,
  ];
}
