import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { createDice, fbm, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, coarse, dot, glow, line, type Sheet } from "./sheet.ts";
import { sunAt } from "./sky.ts";

/** The colour that distance takes in each column: brighter under the sun. */
export function airOf(sheet: Sheet, light: Light, horizon: number): (column: number) => Color {
  const sun = sunAt(sheet, light, horizon);
  const share = (light.dark ? 0.1 : light.low ? 0.42 : 0.18) * light.clear;
  return (column) => mix(light.haze, light.sun, share * Math.exp(-(((column - sun.x) / sheet.unit / 0.34) ** 2)));
}

/** What is in the air before everything else. */
export function paintAir(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  if (scene.fog) paintFog(sheet, scene, light, horizon);
  if (scene.rain) paintRain(sheet, scene, light);
  if (scene.snowfall && scene.season === "winter") paintSnowfall(sheet, scene, light);
  if (scene.thunder) paintLightning(sheet, scene, horizon);
}

/** A bolt from the clouds to the horizon, with its branches. */
function paintLightning(sheet: Sheet, { seed }: Scene, horizon: number): void {
  const { width, unit } = sheet;
  const dice = createDice(seed ^ 0xb017);
  const tone: Color = [1, 0, -0.025];
  const bolt = (from: { x: number; y: number }, to: number, wide: number): void => {
    let { x, y } = from;
    const drift = (dice() - 0.5) * 0.8;
    while (y < to && wide > 0.3) {
      const step = unit * (0.008 + 0.018 * dice());
      const next = { x: x + (drift + (dice() - 0.5) * 1.9) * step, y: y + step };
      glow(sheet, { x: next.x, y: next.y, r: wide * unit * 0.02 }, [1, 0, -0.06], 0.16);
      line(sheet, { x0: x, y0: y, x1: next.x, y1: next.y + 0.5, w0: wide * unit * 0.0024, w1: wide * unit * 0.0022 }, tone, 1);
      if (dice() < 0.12 * wide) bolt(next, Math.min(to, next.y + unit * (0.06 + 0.16 * dice())), wide * 0.45);
      ({ x, y } = next);
    }
  };
  const x = width * (0.2 + 0.6 * dice());
  glow(sheet, { x, y: horizon * 0.3, r: unit * 0.5, flat: 0.6 }, [0.9, 0, -0.05], 0.4);
  bolt({ x, y: horizon * (0.08 + 0.14 * dice()) }, horizon, 1);
}

function paintFog(sheet: Sheet, { seed }: Scene, light: Light, horizon: number): void {
  const { width, height, unit } = sheet;
  const bank = coarse(sheet, 6, (x, y) => {
    const drift = fbm((x / unit) * 2.2, (y / unit) * 7, seed + 61, 4);
    return 0.16 + 0.75 * smooth(0.34, 0.7, drift) * Math.exp(-(((y - horizon * 1.06) / unit / 0.2) ** 2));
  });
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) blend(sheet, row * width + column, light.haze, Math.min(0.85, bank(column, row)));
}

function paintRain(sheet: Sheet, scene: Scene, light: Light): void {
  const { width, height, unit } = sheet;
  const dice = createDice(scene.seed ^ 0x4a14);
  const drop = mix(light.horizon, fromHex("#eef4fa"), light.dark ? 0.3 : 0.6);
  const lean = (dice() - 0.5) * 0.4;
  for (let count = 0; count < (width * height * 1100) / (unit * unit); count += 1) {
    const near = dice() ** 2;
    const long = (0.018 + 0.06 * near) * unit;
    const [x0, y0] = [dice() * width * 1.2 - width * 0.1, dice() * height * 1.1 - long];
    line(sheet, { x0, y0, x1: x0 + lean * long, y1: y0 + long, w0: 0.0003 * unit, w1: (0.0007 + near * 0.0012) * unit }, drop, 0.08 + 0.16 * near);
  }
}

function paintSnowfall(sheet: Sheet, { seed }: Scene, light: Light): void {
  const { width, height, unit } = sheet;
  const dice = createDice(seed ^ 0x5a0f);
  const flake: Color = light.dark ? [0.8, 0, -0.02] : [0.98, 0, 0];
  for (let count = 0; count < (width * height * 900) / (unit * unit); count += 1) {
    const near = dice() ** 5;
    dot(sheet, { x: dice() * width, y: dice() * height, r: (0.0011 + 0.0048 * near) * unit }, flake, 0.75 - 0.35 * near);
  }
}
