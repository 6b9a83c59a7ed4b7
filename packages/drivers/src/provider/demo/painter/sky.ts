import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, fbm, hash, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";

/** Colour of the sky; `u` is 0 to 1 across, `v` 0 at the zenith and 1 at the horizon, `aspect` width by height of the sky. */
export type Sky = (u: number, v: number) => Color;

export function createSky(scene: Scene, light: Light, aspect: number): Sky {
  const { seed } = scene;
  const green = fromHex("#4fe0a0");
  const violet = fromHex("#8a6ae0");
  const cover = scene.stormy || scene.rain ? 0.36 : 0.52 + hash(3, 1, seed) * 0.12;
  const cloudDark = mix(light.middle, light.shade, light.dark ? 0.5 : 0.35);
  const cloudLight = mix(light.horizon, light.sun, 0.55);

  return (u, v) => {
    let color = v < 0.55 ? mix(light.zenith, light.middle, v / 0.55) : mix(light.middle, light.horizon, smooth(0.55, 1, v));
    const dx = (u - light.sunX) * aspect;
    const dy = v - light.sunY;
    const distance = Math.sqrt(dx * dx + dy * dy);
    if (light.dark && v < 0.95) color = addStars(color, u * aspect, v, seed);
    const glow = Math.exp(-distance * (light.dark ? 9 : 3.2)) * (light.dark ? 0.35 : 0.75);
    color = mix(color, light.sun, clamp(glow));
    if (scene.aurora) color = addAurora(color, { u, v, seed, green, violet });
    const disc = smooth(light.sunSize * 1.06, light.sunSize * 0.94, distance);
    if (disc > 0) {
      const face = light.dark ? 1 - 0.16 * fbm(dx * 40 + 5, dy * 40, seed + 9, 3) : 1;
      color = mix(color, [light.sun[0] * face, light.sun[1], light.sun[2]], disc);
    }
    return addClouds(color, { u: u * aspect, v, seed, cover, cloudDark, cloudLight, lit: Math.exp(-distance * 2.2), thin: light.dark ? 0.45 : 0.85 });
  };
}

interface Clouds {
  readonly u: number;
  readonly v: number;
  readonly seed: number;
  readonly cover: number;
  readonly cloudDark: Color;
  readonly cloudLight: Color;
  readonly lit: number;
  readonly thin: number;
}

function addClouds(color: Color, { u, v, seed, cover, cloudDark, cloudLight, lit, thin }: Clouds): Color {
  // Towards the horizon clouds are seen from the side: flatter and closer.
  const depth = 1.4 + v * 3.2;
  const x = u * 1.7;
  const y = v * depth * 1.9;
  const bend = noise(x * 0.9, y * 0.7, seed + 71) * 0.9;
  const density = fbm(x + bend, y + bend * 0.6, seed + 31, 5);
  const amount = smooth(cover, cover + 0.2, density) * thin * smooth(1.02, 0.8, v);
  if (amount <= 0) return color;
  const edge = clamp((density - cover) * 4);
  const shade = mix(cloudLight, cloudDark, edge * 0.75 * (1 - lit * 0.7));
  return mix(color, shade, amount);
}

function addStars(color: Color, x: number, y: number, seed: number): Color {
  let brightness = 0;
  for (const [grid, share] of [
    [60, 0.25],
    [130, 0.18],
  ] as const) {
    const cellX = Math.floor(x * grid);
    const cellY = Math.floor(y * grid);
    const chance = hash(cellX, cellY, seed + grid);
    if (chance > share) continue;
    const dx = x * grid - cellX - 0.2 - 0.6 * hash(cellX, cellY, seed + 1);
    const dy = y * grid - cellY - 0.2 - 0.6 * hash(cellX, cellY, seed + 2);
    const size = 0.02 + 0.08 * hash(cellX, cellY, seed + 3) ** 3;
    brightness += Math.exp(-(dx * dx + dy * dy) / (size * 0.35)) * (0.25 + 0.75 * (chance / share));
  }
  return [color[0] + brightness * 0.5 * smooth(1, 0.4, y), color[1] * (1 - brightness * 0.5), color[2] * (1 - brightness * 0.4)];
}

function addAurora(color: Color, { u, v, seed, green, violet }: { u: number; v: number; seed: number; green: Color; violet: Color }): Color {
  const ribbon = 0.5 + 0.22 * (fbm(u * 2.2, 1, seed + 5, 3) - 0.5) * 2 + 0.05 * Math.sin(u * 9 + seed);
  const above = ribbon - v;
  const curtain = fbm(u * 26, v * 0.8, seed + 6, 3);
  const strength = smooth(-0.03, 0.02, above) * Math.exp(-Math.max(0, above) * 4.2) * (0.35 + 0.75 * curtain);
  const tone = mix(green, violet, smooth(0.05, 0.42, above));
  return mix(color, tone, clamp(strength * 0.85));
}
