import { mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, fbm, hash, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import type { Sky } from "./sky.ts";

/** Water below the horizon: `depth` is 0 there and 1 at the lower edge. */
export function createWater(scene: Scene, light: Light, { sky, aspect }: { sky: Sky; aspect: number }): (u: number, depth: number) => Color {
  const { seed } = scene;
  const rough = scene.stormy ? 1.7 : scene.hour === "dawn" ? 0.6 : 1;
  const deep = mix(light.zenith, light.shade, light.dark ? 0.5 : 0.42);
  return (u, depth) => {
    // Perspective: waves are small and flat far away, large and close at our feet.
    const far = 1 / (depth + 0.06);
    const x = (u - 0.5) * far * 4.5 * aspect;
    const z = far * 5.2;
    const swell = fbm(x * 0.55, z * 2.3, seed + 40, 4) - 0.5;
    const chop = noise(x * 3.1, z * 8.5, seed + 41) - 0.5;
    const wave = (swell * 0.75 + chop * 0.35) * rough;
    const reflected = sky(clamp(u + wave * 0.035), clamp(1 - depth * 0.9 + wave * 0.22 * (0.35 + depth)));
    let color = mix(reflected, deep, clamp(0.18 + depth * 0.55 - wave * 0.35));
    const path = Math.abs(u - light.sunX + wave * 0.06) / (0.018 + 0.13 * depth + light.sunSize * 0.6);
    const spark = smooth(0.06, 0.42, wave + 0.17) * Math.exp(-path * path * 1.3) * (light.dark ? 0.75 : 1);
    color = mix(color, light.sun, clamp(spark * (1.05 - depth * 0.35)));
    const glint = hash(Math.floor(u * 700 * aspect), Math.floor(z * 40), seed + 3);
    if (glint > 0.997 && wave > 0.05) color = mix(color, light.sun, 0.35);
    const shore = smooth(0.88, 1, depth + (fbm(u * 5 * aspect, 2, seed + 50, 3) - 0.5) * 0.16);
    return mix(color, mix(light.haze, light.sun, 0.35), shore * 0.16 * clamp(0.4 + chop * 2));
  };
}
