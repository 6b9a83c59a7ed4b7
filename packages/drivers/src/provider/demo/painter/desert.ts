import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { hazeOf, crests } from "./mountains.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import type { Land } from "./terrain.ts";

/** Dunes: a long slope to the wind, a short one behind the crest. */
export function desert(scene: Scene, light: Light): Omit<Land, "air"> {
  const { seed } = scene;
  const dice = createDice(seed ^ 0x99);
  const turn = dice() < 0.5 ? -1 : 1;
  const [along, across] = [0.42 + dice() * 0.2, 0.2 + dice() * 0.14];
  const rocks = dice() < 0.4;
  const dune = (x: number, z: number, rate: number, own: number): number => {
    const phase =
      (turn * x * along + z * across) * rate + 1.5 * noise(x * 0.34 * rate, z * 0.3 * rate, own) + 0.5 * noise(x * 0.9 * rate, z * 0.8 * rate, own + 1) + 40;
    const t = phase - Math.floor(phase);
    const profile = t < 0.72 ? smooth(0, 0.72, t) ** 0.9 : 1 - smooth(0.72, 1, t) ** 0.8;
    return profile * (0.35 + 0.9 * noise(Math.floor(phase) * 3.3 + x * 0.25, z * 0.25, own + 2));
  };
  const height = (x: number, z: number): number => {
    const high = 0.02 + dune(x, z, 0.55, seed) * 0.62 * smooth(0.9, 3.2, z) + dune(x, z, 1.5, seed + 9) * 0.13 * smooth(0.5, 1.6, z);
    return rocks && z > 10 ? high + smooth(10, 15, z) * 1.7 * smooth(0.3, 0.5, crests(x * 0.2, z * 0.12, seed + 30, 5)) : high;
  };
  const named = scene.palette[0];
  const sand = named ? mix(fromHex("#dba566"), fromHex(named), 0.5) : fromHex(["#e0a868", "#d8985c", "#e6bc84", "#d08254"][Math.floor(dice() * 4)]!);
  const side = light.sunX < 0.5 ? -1 : 1;
  const night: Color = light.lit(sand, 0);
  return {
    near: 0.55,
    far: 24,
    top: 2.6,
    height,
    haze: hazeOf(scene, light, 0.07),
    color({ x, z, slopeX, slopeZ }) {
      const facing = (side * -slopeX * 0.85 + 0.34 + slopeZ * 0.28) / Math.sqrt(1 + slopeX * slopeX + slopeZ * slopeZ);
      const bend = noise(x * 2.4, z * 2.4, seed + 5) * 5 + noise(x * 7, z * 7, seed + 6) * 1.6;
      const fade = smooth(5, 1.2, z);
      const ripple = fade > 0 ? Math.sin((x * turn * 34 + z * 84) * 1.1 + bend * 1.4) * 0.075 * fade * smooth(0.5, 0.9, z) : 0;
      const grain = (fbm(x * 3, z * 3, seed + 7, 3) - 0.5) * 0.2;
      const share = clamp(smooth(-0.12, 0.62, facing + ripple + grain * 0.6));
      return mix(night, light.lit(mix(sand, light.sun, share * 0.22), share), 0.12 + 0.88 * smooth(0, 0.2, share));
    },
  };
}
