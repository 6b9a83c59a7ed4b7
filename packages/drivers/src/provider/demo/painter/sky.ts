import { fromHex, mix } from "./color.ts";
import type { Light } from "./light.ts";
import { paintAurora, paintStars } from "./night.ts";
import { clamp, createDice, fbm, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, dot, glow, put, shape, type Sheet } from "./sheet.ts";
import { createClouds } from "./clouds.ts";

/** The whole sheet becomes sky; below the horizon it goes on as the haze there. */
export function paintSky(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  paintHeavens(sheet, scene, light, horizon);
  paintClouds(sheet, scene, light, horizon);
  if (light.dark && scene.subject === "city") paintCityGlow(sheet, horizon);
}

/** What is behind the clouds. */
export function paintHeavens(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  gradient(sheet, light, horizon);
  if (light.dark || scene.hour === "dusk") paintStars(sheet, scene, light, horizon);
  if (scene.aurora) paintAurora(sheet, scene, horizon);
  if (!scene.stormy && !scene.rain) paintSun(sheet, scene, light, horizon);
}

/** A city by night is seen from far by its sky. */
export function paintCityGlow(sheet: Sheet, horizon: number): void {
  const lamp = fromHex("#c8905c");
  for (let row = 0; row < horizon; row += 1) {
    const share = 0.5 * Math.exp(-(horizon - row) / sheet.unit / 0.24);
    for (let column = 0; column < sheet.width; column += 1) blend(sheet, row * sheet.width + column, lamp, share);
  }
}

export const sunAt = ({ width }: Sheet, light: Light, horizon: number): { x: number; y: number } => ({ x: light.sunX * width, y: horizon * light.sunY });

function gradient(sheet: Sheet, light: Light, horizon: number): void {
  const { width, height, unit } = sheet;
  const sun = sunAt(sheet, light, horizon);
  // The glow lies along the horizon when the sun is low.
  const [flat, steep] = light.low ? [0.5, 1.6] : [1, 1];
  const fall = light.dark ? 8 : 4.2;
  const power = (light.dark ? 0.24 : 0.62) * light.clear;
  const reach = (6 / fall) ** 2;
  for (let row = 0; row < height; row += 1) {
    const v = clamp(row / horizon);
    const tone =
      v < 0.55
        ? mix(light.zenith, light.middle, smooth(-0.1, 0.6, v))
        : mix(mix(light.zenith, light.middle, smooth(-0.1, 0.6, v)), light.horizon, smooth(0.5, 1.02, v));
    for (let column = 0; column < width; column += 1) {
      const dx = (column - sun.x) / unit;
      const dy = (row - sun.y) / unit;
      const far = dx * dx * flat + dy * dy * steep;
      put(sheet, row * width + column, tone);
      if (far < reach) blend(sheet, row * width + column, light.sun, Math.exp(-Math.sqrt(far) * fall) * power);
    }
  }
}

function paintSun(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  const sun = sunAt(sheet, light, horizon);
  const r = light.sunSize * sheet.unit;
  if (scene.fog && !light.dark) return glow(sheet, { ...sun, r: r * 5 }, light.sun, 0.5);
  if (scene.hour === "dusk") return;
  glow(sheet, { ...sun, r: r * (light.dark ? 4 : 9) }, light.sun, light.dark ? 0.16 : 0.4);
  if (!light.dark) return dot(sheet, { ...sun, r }, light.sun, 1);
  // The moon: seas on its face, and a part of it in its own shadow.
  const lean = (createDice(scene.seed ^ 0x33)() - 0.5) * 3;
  shape(
    sheet,
    { x: sun.x - r - 1, y: sun.y - r - 1, w: 2 * r + 2, h: 2 * r + 2 },
    (x, y) => Math.hypot(x - sun.x, y - sun.y) - r,
    (x, y) => {
      const dx = (x - sun.x) / r;
      const dy = (y - sun.y) / r;
      const face = 1 - 0.2 * smooth(0.42, 0.62, fbm(dx * 2.2 + 9, dy * 2.2, scene.seed + 9, 4)) - 0.12 * (dx * dx + dy * dy);
      const day = Math.abs(lean) < 0.5 ? 1 : smooth(-0.25, 0.3, dx * Math.sign(lean) + Math.sqrt(Math.max(0, 1 - dy * dy)) * (Math.abs(lean) - 0.9));
      return mix(mix(light.zenith, light.middle, 0.4), [light.sun[0] * face, light.sun[1], light.sun[2] + 0.012], day);
    },
  );
}

function paintClouds(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  const { width } = sheet;
  const clouds = createClouds(sheet, scene, light, horizon);
  for (let row = 0; row < Math.min(sheet.height, horizon + 2); row += 1)
    for (let column = 0; column < width; column += 1) {
      const amount = clouds.amount(column, row);
      if (amount > 0.003) blend(sheet, row * width + column, clouds.color(column, row), Math.min(1, amount));
    }
}
