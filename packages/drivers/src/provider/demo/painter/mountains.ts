import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, hash, noise, smooth } from "./noise.ts";
import type { Scene, Season } from "./read-prompt.ts";
import type { Land, Place } from "./terrain.ts";

export const greens: Readonly<Record<Season, readonly [string, string, string]>> = {
  spring: ["#3f6a34", "#7fa548", "#b4c868"],
  summer: ["#2c5430", "#567c38", "#94a04c"],
  autumn: ["#6e5428", "#a8843a", "#ccae58"],
  winter: ["#5a6c74", "#c8d4de", "#eef2f6"],
};

/** A range of mountains: ridges that branch, with the finer ones only where the coarser are high. */
export function crests(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let weight = 1;
  let total = 0;
  let carry = 1;
  for (let octave = 0; octave < octaves; octave += 1) {
    const fold = 1 - Math.abs(2 * noise(x, y, seed + octave * 53) - 1);
    const ridge = (octave < 2 ? fold * (0.4 + 0.6 * fold) : fold * fold) * carry;
    sum += weight * ridge;
    total += weight;
    carry = clamp(ridge * 1.5 + 0.16);
    weight *= 0.47;
    const turned = x * 1.64 + y * 1.18;
    y = y * 1.64 - x * 1.18;
    x = turned;
  }
  return sum / total;
}

/** How much sun a slope gets: the light comes from the sun's side, and a little from behind us. */
export function sunlight(light: Light): (slopeX: number, slopeZ: number) => number {
  const side = light.sunX < 0.5 ? -1 : 1;
  const [x, y, z] = [side * 0.72, light.low ? 0.4 : 0.62, -0.42];
  return (slopeX, slopeZ) => (-slopeX * x + y - slopeZ * z) / Math.sqrt(1 + slopeX * slopeX + slopeZ * slopeZ);
}

interface Relief {
  readonly height: (x: number, z: number) => number;
  readonly top: number;
}

/** A valley that leads to the range, with a lake, a river or meadows on its floor. */
function relief(scene: Scene, dice: () => number, reach: number): Relief {
  const { seed } = scene;
  const chance = dice();
  const water = scene.water ?? (chance < 0.3 ? "lake" : chance < 0.42 ? "river" : null);
  const lean = (dice() - 0.5) * 2.4;
  const [tall, rate] = [(2.5 + dice() * 0.8) * reach, 0.27 + dice() * 0.1];
  const [bend, shift] = [0.3 + dice() * 0.4, dice() * 40];
  const peakX = (dice() - 0.5) * 3.2;
  const height = (x: number, z: number): number => {
    const middle = bend * Math.sin(z * 0.55 + shift) + lean * smooth(2, 12, z);
    const off = Math.abs(x - middle);
    const rise = smooth(3.6, 9.5, z);
    const side = smooth(0.35, 3.4, off - z * 0.06);
    const roll = fbm(x * 0.9 + shift, z * 0.9, seed + 9, z < 6 ? 4 : 3) - 0.5;
    let high = 0.05 + roll * 0.16 + side * 0.34 * smooth(1.2, 3, z);
    if (rise > 0.002 || side > 0.02) {
      const crest = crests(x * rate + shift, z * rate, seed, z > 5 && z < 14 ? 7 : 6);
      const peak = 1 + 0.5 * Math.exp(-(((x - peakX) / 2.2) ** 2)) * smooth(6, 9, z);
      high += crest * tall * rise * peak * (0.42 + 0.58 * smooth(0.2, 3.2, off)) + crest * side * 0.75 * smooth(1.4, 4, z) * (1 - rise);
    }
    if (water === "lake" || water === "sea")
      high -= 0.5 * smooth(1.15, 1.75, z + roll * 1.4) * smooth(6.4, 4.4, z + roll * 2) * smooth(2.4, 1.2, off + roll * 1.6 - z * 0.16);
    if (water === "river") {
      const course = 0.5 * Math.sin(z * 1.15 + shift * 3) * smooth(0.4, 2, z) * (0.4 + 0.14 * z) + middle * 0.7;
      high = high - 0.16 * smooth(0.34, 0.05, Math.abs(x - course)) * smooth(7, 5, z) - (1 - rise) * 0.03 * smooth(1.2, 0.3, Math.abs(x - course));
    }
    return high;
  };
  return { height, top: tall * 1.7 + 0.6 };
}

/** Firs on the lower slopes, as cones. */
function firs(seed: number, x: number, z: number, rate: number): number {
  const [cellX, cellZ] = [Math.floor(x * rate), Math.floor(z * rate)];
  const dx = x * rate - cellX - 0.25 - 0.5 * hash(cellX, cellZ, seed + 1);
  const dz = z * rate - cellZ - 0.25 - 0.5 * hash(cellX, cellZ, seed + 2);
  return Math.max(0, 1 - Math.sqrt(dx * dx + dz * dz) * 2.5) * (0.55 + 0.6 * hash(cellX, cellZ, seed + 3));
}

export function mountains(scene: Scene, light: Light, reach: number): Omit<Land, "air"> {
  const dice = createDice(scene.seed ^ 0x77);
  const { height: ground, top } = relief(scene, dice, reach);
  const { seed } = scene;
  const wood = (x: number, z: number, high: number): number =>
    smooth(0.48, 0.6, noise(x * 1.3 + 3, z * 1.1, seed + 15) + 0.22 - high * 0.34) * smooth(0.03, 0.08, high) * smooth(2, 2.6, z);
  return {
    near: 0.5,
    far: 20,
    top,
    height(x, z) {
      const high = ground(x, z);
      if (high < 0.02 || high > 1.3 || z > 9) return high;
      const wooded = wood(x, z, high);
      return wooded > 0.02 ? high + (firs(seed, x, z, 15) * 0.075 + 0.02) * wooded : high;
    },
    color: coloring(scene, light, { wood, dice }),
    haze: hazeOf(scene, light, 0.075),
  };
}

export function hazeOf(scene: Scene, light: Light, thin: number): (z: number, height: number) => number {
  const density = thin * (scene.fog ? 2.6 : scene.rain ? 1.7 : light.low || light.dark ? 1.15 : 0.85);
  return (z, height) => Math.min(0.93, 1 - Math.exp(-Math.max(0, z - 0.8) * density * (0.55 + 0.6 * Math.exp(-height * 1.6))));
}

function coloring(
  scene: Scene,
  light: Light,
  { wood, dice }: { wood: (x: number, z: number, high: number) => number; dice: () => number },
): (place: Place) => Color {
  const { seed, season } = scene;
  const [low, middle, pale] = greens[season].map(fromHex) as [Color, Color, Color];
  const fir = fromHex({ winter: "#5c7078", autumn: "#5a4a24", spring: "#2a4a30", summer: "#24422c" }[season]);
  const larch = fromHex(season === "autumn" ? "#d89030" : season === "winter" ? "#dfe8ee" : "#5a7a3a");
  const rock = fromHex(["#7a7672", "#86786a", "#6a727c", "#8a6e60"][Math.floor(dice() * 4)]!);
  const snow = fromHex("#f4f7fb");
  const snowline = { winter: -0.4, spring: 0.95, autumn: 1.25, summer: 1.45 }[season] + dice() * 0.4;
  const bank = mix(rock, low, 0.4);
  const sunny = sunlight(light);
  return ({ x, z, height, slopeX, slopeZ }) => {
    const steep = Math.hypot(slopeX, slopeZ);
    const grain = fbm(x * 7, z * 7 + height * 9, seed + 21, 3);
    const meadow = mix(mix(low, middle, smooth(0.3, 0.6, grain)), pale, smooth(0.5, 0.75, fbm(x * 2.2, z * 2.2, seed + 23, 2)));
    let color = mix(meadow, rock, clamp(smooth(0.75, 1.5, steep + (grain - 0.5) * 0.8) + smooth(0.6, 1.3, height + (grain - 0.5) * 0.7)));
    const layers = steep > 0.7 ? noise(x * 0.6, height * 16 + grain * 2, seed + 24) : 0.5;
    color = [color[0] * (0.86 + 0.2 * grain + 0.1 * layers), color[1], color[2]];
    const white = smooth(snowline - 0.25, snowline + 0.3, height + (grain - 0.5) * 0.9) * smooth(2.3, 0.9, steep + (grain - 0.5));
    color = mix(color, snow, white);
    const wooded = height < 1.3 ? wood(x, z, height) : 0;
    if (wooded > 0.02)
      color = mix(color, mix(fir, larch, smooth(0.52, 0.7, noise(x * 9, z * 9, seed + 1)) * (season === "autumn" ? 0.9 : 0.45)), wooded * 0.92);
    const share = clamp(sunny(slopeX, slopeZ) * 1.1 + 0.06 + (grain - 0.5) * 0.25);
    return light.lit(mix(color, bank, smooth(0.03, 0.004, height) * 0.5), share);
  };
}
