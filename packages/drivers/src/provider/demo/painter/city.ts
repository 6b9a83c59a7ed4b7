import { fromHex, mix } from "./color.ts";
import type { Canvas, Layer } from "./land.ts";
import type { Light } from "./light.ts";
import { clamp, hash, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";

const warm = ["#ffd98a", "#ffc46a", "#fff0c8", "#9fd8ff", "#ff9a6a"].map(fromHex);

/** Blocks behind blocks, with windows that are lit as the hour asks. */
export function city(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  const aspect = canvas.width / canvas.height;
  const litShare = { night: 0.46, dusk: 0.34, golden: 0.14, dawn: 0.12, day: 0.02 }[scene.hour];
  const count = 4;
  return Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1);
    const seed = scene.seed + index * 271;
    const perWidth = Math.round((34 - 22 * near) * aspect);
    const base = canvas.horizon + 0.05 + near * 0.28;
    const tall = 0.4 - near * 0.06;
    const block = (u: number): { tower: number; inside: number } => {
      const bent = u * perWidth + 0.35 * Math.sin(u * perWidth * 1.7 + seed);
      return { tower: Math.floor(bent), inside: bent - Math.floor(bent) };
    };
    const edge = Float32Array.from({ length: canvas.width }, (_, column) => {
      const { tower, inside } = block(column / canvas.width);
      const centre = 1 - Math.abs(column / canvas.width - 0.5) * 0.9;
      const size = tall * (0.25 + 0.95 * hash(tower, 1, seed) ** 1.8) * centre;
      const style = hash(tower, 2, seed);
      const crown =
        style < 0.16
          ? 0.05 * clamp(1 - Math.abs(inside - 0.5) * 3.4)
          : style < 0.3 && Math.abs(inside - 0.5) < 0.04
            ? 0.07
            : style < 0.55 && Math.abs(inside - 0.5) < 0.3
              ? 0.018
              : 0;
      return base - size - crown * (0.6 + near);
    });
    return {
      edge,
      paint(x, y, below) {
        const { tower, inside } = block(x);
        const side = inside < 0.5 === light.sunX < x ? 1 : 0;
        let color = mix(light.shade, light.middle, 0.12 + 0.2 * hash(tower, 3, seed) + side * (light.dark ? 0.04 : 0.14));
        const across = 4 + Math.floor(hash(tower, 4, seed) * 4);
        const rows = 84 - near * 40;
        const column = Math.floor(inside * across);
        const row = Math.floor(y * rows);
        const wx = inside * across - column;
        const wy = y * rows - row;
        const pane = smooth(0.16, 0.26, wx) * smooth(0.84, 0.74, wx) * smooth(0.2, 0.32, wy) * smooth(0.82, 0.7, wy);
        if (below > 0.008 && pane > 0) {
          const chance = hash(tower * 31 + column, row, seed + 5);
          const lit = chance < litShare * (0.5 + hash(tower, 6, seed));
          const glass = mix(light.middle, light.horizon, 0.5);
          color = lit
            ? mix(color, warm[Math.floor(hash(column, row, seed + tower) * warm.length)]!, pane * (0.55 + 0.4 * near))
            : mix(color, glass, pane * (light.dark ? 0.05 : 0.2));
        }
        const haze = (1 - near) * 0.66 + smooth(0.1, 0.45, below) * 0.34 * (1 - near * 0.5) + (scene.fog ? 0.22 : 0);
        const streets = litShare > 0.3 ? smooth(0.12, 0.5, below) * 0.16 * noise(x * 9, y * 6, seed) : 0;
        return mix(mix(color, light.haze, clamp(haze)), warm[1]!, streets);
      },
    };
  });
}
