/** Pictures without a horizon: space, and abstraction. */
import { fromHex, mix, type Color } from "./color.ts";
import { clamp, createDice, fbm, hash, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";

export type Field = (x: number, y: number) => Color;

const families = [
  ["#0b132b", "#1c4f6b", "#3ca6a6", "#f2d7a0", "#e8734a"],
  ["#1a1030", "#5a2a6c", "#c2436a", "#f59a5c", "#fbe6b8"],
  ["#f4efe4", "#e2b77a", "#c4674a", "#5c3a48", "#23263a"],
  ["#0d1f1c", "#1f5c4c", "#7fb07a", "#e6dfae", "#d98a4a"],
  ["#101828", "#2f4a8c", "#7a8fd0", "#e8c4cc", "#f6efe2"],
  ["#fbf3ec", "#f0b8a8", "#a8c4cc", "#4a7c8c", "#20384a"],
];

/** Paint that was poured and folded: a field bent by itself, twice. */
export function abstraction(scene: Scene): Field {
  const dice = createDice(scene.seed ^ 0x3c3c);
  const stops = families[Math.floor(dice() * families.length)]!.map(fromHex);
  const tint = scene.tint ? fromHex(scene.tint) : null;
  const palette = tint ? stops.map((stop, index): Color => mix(stop, [stop[0], tint[1], tint[2]], index % 2 === 0 ? 0.75 : 0.45)) : stops;
  const zoom = 1.1 + dice() * 1.5;
  const bend = 2.2 + dice() * 2.6;
  const lines = 5 + Math.floor(dice() * 9);
  const { seed } = scene;
  return (x, y) => {
    const px = x * zoom;
    const py = y * zoom;
    const qx = fbm(px, py, seed, 4);
    const qy = fbm(px + 5.2, py + 1.3, seed + 1, 4);
    const rx = fbm(px + bend * qx + 1.7, py + bend * qy + 9.2, seed + 2, 4);
    const ry = fbm(px + bend * qx + 8.3, py + bend * qy + 2.8, seed + 3, 4);
    const value = fbm(px + bend * rx, py + bend * ry, seed + 4, 4);
    const along = clamp((value - 0.22) * 1.75) * (palette.length - 1.001);
    const stop = Math.floor(along);
    let color = mix(palette[stop]!, palette[stop + 1]!, smooth(0, 1, along - stop));
    const fold = Math.abs(((value * lines + rx * 2) % 1) - 0.5) * 2;
    color = mix(color, palette[0]!, smooth(0.86, 1, fold) * 0.28);
    const shine = clamp((rx - ry) * 2.2);
    return [color[0] * (0.94 + 0.16 * qx) + shine * 0.07, color[1], color[2]];
  };
}

export function space(scene: Scene, aspect: number): Field {
  const dice = createDice(scene.seed ^ 0x5c5c);
  const family = families[Math.floor(dice() * 5)]!.map(fromHex);
  const night = fromHex("#04060f");
  const tint = scene.tint ? fromHex(scene.tint) : family[2]!;
  const planet = { x: (0.25 + dice() * 0.5) * aspect, y: 0.3 + dice() * 0.4, r: 0.14 + dice() * 0.17, ring: dice() < 0.5, tilt: 0.2 + dice() * 0.25 };
  const lightX = dice() < 0.5 ? -0.75 : 0.75;
  const { seed } = scene;
  return (x, y) => {
    const warp = fbm(x * 1.4, y * 1.4, seed, 4) * 1.8;
    const cloud = fbm(x * 1.6 + warp, y * 1.6 - warp, seed + 1, 5);
    const dust = fbm(x * 3 - warp, y * 3 + warp, seed + 2, 4);
    let color = mix(night, mix(family[1]!, tint, smooth(0.4, 0.75, cloud)), smooth(0.42, 0.86, cloud) * 0.85);
    color = mix(color, family[4]!, smooth(0.62, 0.85, cloud * 0.7 + dust * 0.35) * 0.5);
    color = mix(color, night, smooth(0.52, 0.7, dust) * 0.5);
    color = stars(color, { x, y, seed });
    const dx = x - planet.x;
    const dy = y - planet.y;
    const d = Math.sqrt(dx * dx + dy * dy) / planet.r;
    const ringAt = planet.ring ? Math.sqrt(dx * dx + (dy / planet.tilt + dx * 0.6) ** 2) / planet.r : 0;
    const ring = smooth(1.35, 1.42, ringAt) * smooth(2.1, 2.0, ringAt) * (0.45 + 0.4 * noise(ringAt * 34, 1, seed + 8));
    const front = dy + dx * 0.6 * planet.tilt > 0;
    if (ring > 0 && !front) color = mix(color, family[3]!, ring * 0.8);
    if (d < 1.02) {
      const z = Math.sqrt(Math.max(0, 1 - d * d));
      const shine = clamp((dx / planet.r) * lightX + (-dy / planet.r) * 0.4 + z * 0.55);
      const bands = fbm((dx / planet.r) * 0.8 + 3, (dy / planet.r) * 3.2 + (dx / planet.r) * 0.5 + fbm(dx * 9, dy * 9, seed + 5, 3), seed + 6, 4);
      const surface = mix(mix(family[1]!, tint, smooth(0.3, 0.6, bands)), family[3]!, smooth(0.55, 0.75, bands) * 0.7);
      color = mix(color, mix(night, surface, 0.04 + 0.96 * shine), smooth(1.008, 0.992, d));
    }
    color = mix(color, tint, Math.exp(-Math.abs(d - 1) * 26) * 0.28 * (d > 0.99 ? 1 : 0.35) * clamp(0.4 + (dx / planet.r) * lightX));
    if (ring > 0 && front) color = mix(color, family[3]!, ring * 0.85);
    return color;
  };
}

function stars(color: Color, { x, y, seed }: { x: number; y: number; seed: number }): Color {
  let light = 0;
  for (const grid of [38, 90, 170]) {
    const cellX = Math.floor(x * grid);
    const cellY = Math.floor(y * grid);
    if (hash(cellX, cellY, seed + grid) > 0.2) continue;
    const dx = x * grid - cellX - 0.2 - 0.6 * hash(cellX, cellY, seed + 11);
    const dy = y * grid - cellY - 0.2 - 0.6 * hash(cellX, cellY, seed + 12);
    const size = 0.012 + 0.07 * hash(cellX, cellY, seed + 13) ** 4;
    light += Math.exp(-(dx * dx + dy * dy) / (size * 0.35)) * (0.3 + 0.7 * hash(cellX, cellY, seed + 14));
  }
  return [color[0] + light * 0.62, color[1] * (1 - Math.min(0.7, light)), color[2] * (1 - Math.min(0.6, light))];
}
