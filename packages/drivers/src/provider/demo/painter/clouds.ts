import { mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { coarse, type Sheet } from "./sheet.ts";

export interface Clouds {
  amount(column: number, row: number): number;
  color(column: number, row: number): Color;
}

/** Density of cloud at `x` across and `up` above the horizon, both in units; more than 0 is cloud. */
type Density = (x: number, up: number) => number;

export function createClouds(sheet: Sheet, scene: Scene, light: Light, horizon: number): Clouds {
  const { width, unit } = sheet;
  const dice = createDice(scene.seed ^ 0xc10d);
  const heavy = scene.stormy || scene.rain;
  const kinds = heavy ? [deck] : light.dark || scene.clear ? [wisps] : [field, banks, wisps, field];
  const density = kinds[Math.floor(dice() * kinds.length)]!(scene, heavy ? 0.2 : scene.clear ? -0.1 : dice() * 0.14 - 0.04);
  const [sunX, sunUp] = [(light.sunX - 0.5) * (width / unit), (horizon * (1 - light.sunY)) / unit];
  const at = (column: number, row: number): [number, number] => [(column - width / 2) / unit, (horizon - row) / unit];
  const step = Math.max(2, Math.round(unit / 420));
  const thick = coarse(sheet, step, (column, row) => (row > horizon + step ? 0 : density(...at(column, row))));
  const lit = coarse(sheet, step * 2, (column, row) => {
    if (row > horizon + step * 2) return 0;
    const [x, up] = at(column, row);
    const [dx, dy] = [sunX - x, sunUp + 0.12 - up];
    const far = Math.hypot(dx, dy) + 0.001;
    const reach = 0.035 * (0.4 + up);
    return density(x, up) - density(x + (dx / far) * reach, up + (dy / far) * reach);
  });
  const dark = mix(light.middle, light.shade, light.dark ? 0.45 : heavy ? 0.6 : 0.26);
  const pale = mix(light.horizon, light.sun, light.low ? 0.35 : 0.75);
  const strength = light.dark ? 0.5 : scene.fog ? 0.5 : 1;
  return {
    amount: (column, row) => smooth(0, 0.22, thick(column, row)) * strength * smooth(1.03, 0.86, row / horizon),
    color(column, row) {
      const [x, up] = at(column, row);
      const near = Math.exp(-Math.hypot(x - sunX, up - sunUp) * 2.4);
      const light01 = clamp(0.52 + lit(column, row) * 4.5 - thick(column, row) * (heavy ? 0.5 : 0.9) + near * 0.35);
      return mix(mix(dark, pale, light01), light.horizon, smooth(0.16, 0, up) * 0.55);
    },
  };
}

/** A field of clouds on a ceiling: they close up towards the horizon. */
function field({ seed }: Scene, more: number): Density {
  return (x, up) => {
    const far = 1 / (Math.max(0, up) + 0.13);
    const [px, pz] = [x * far, far * 1.25];
    const bend = noise(px * 0.8, pz * 0.8, seed + 71);
    return fbm(px * 0.95 + bend, pz * 1.5 + bend * 0.6, seed + 31, 6) - 0.53 + more;
  };
}

/** A closed ceiling with folds in it. */
function deck({ seed }: Scene, more: number): Density {
  const open = field({ seed } as Scene, more);
  return (x, up) => {
    const fold = fbm(x * 2.2 + 4, up * 3.4 + x * 0.4, seed + 37, 6) - 0.5;
    return open(x * 0.7, up * 0.8 + 0.12) * 0.8 + 0.16 + fold * 1.1;
  };
}

/** Towers of cloud that stand on the horizon. */
function banks({ seed }: Scene, more: number): Density {
  return (x, up) => {
    const profile = 0.06 + 0.4 * smooth(0.3, 0.75, noise(x * 2.1 + 5, 1, seed + 3)) + more;
    let billow = 0;
    let weight = 0.5;
    let [px, py] = [x * 4.2, up * 5.2];
    for (let octave = 0; octave < 5; octave += 1) {
      billow += weight * Math.abs(2 * noise(px, py, seed + 40 + octave) - 1);
      [px, py] = [px * 1.7 + py * 1.1, py * 1.7 - px * 1.1];
      weight *= 0.5;
    }
    return (profile - up) * 1.3 + billow * 0.42 - 0.19;
  };
}

/** Ice high up, combed by the wind. */
function wisps({ seed }: Scene, more: number): Density {
  return (x, up) => {
    const far = 1 / (Math.max(0, up) + 0.22);
    const [px, pz] = [x * far, far * 1.6];
    const comb = px * 0.5 + pz * 0.8;
    const bend = fbm(px * 0.6, pz * 0.6, seed + 75, 2) * 1.6;
    return (
      (fbm(comb * 0.9 + bend, (px * 0.8 - pz * 0.5) * 3.4 + bend * 2.5, seed + 33, 5) - 0.5) * 0.75 * smooth(0.3, 0.62, noise(px * 0.8, pz * 0.9, seed + 76)) +
      more * 0.3
    );
  };
}
