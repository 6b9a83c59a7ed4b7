import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, coarse, dot, glow, put, shape, shine, type Sheet } from "./sheet.ts";
import { createClouds } from "./clouds.ts";

/** The whole sheet becomes sky; below the horizon it goes on as the haze there. */
export function paintSky(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  gradient(sheet, light, horizon);
  if (light.dark || scene.hour === "dusk") paintStars(sheet, scene, light, horizon);
  if (scene.aurora) paintAurora(sheet, scene, horizon);
  if (!scene.stormy && !scene.rain) paintSun(sheet, scene, light, horizon);
  paintClouds(sheet, scene, light, horizon);
  if (light.dark && scene.subject === "city") paintCityGlow(sheet, horizon);
}

/** A city by night is seen from far by its sky. */
function paintCityGlow(sheet: Sheet, horizon: number): void {
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

export function paintStars(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  const { width, height, unit } = sheet;
  const dice = createDice(scene.seed ^ 0x57a5);
  const dim = scene.hour === "dusk" || scene.subject === "city" ? 0.3 : 1;
  const count = Math.round(((width * height) / (unit * unit)) * 2600 * dim);
  const band = { slope: 0.5 + dice() * 0.9, turn: dice() < 0.5 ? -1 : 1, middle: 0.3 + dice() * 0.4 };
  const along = (x: number, y: number): number => (y / unit - (0.3 + band.turn * band.slope * (x / width - band.middle))) / 0.17;
  if (light.dark && scene.subject !== "city") {
    const dust = coarse(sheet, 4, (x, y) => {
      const off = along(x, y);
      if (Math.abs(off) > 3) return 0;
      const cloud = fbm((x / unit) * 5, (y / unit) * 5, scene.seed + 4, 5);
      return (
        Math.exp(-off * off) *
        smooth(0.25, 0.8, cloud) *
        (1 - 0.75 * smooth(0.5, 0.68, fbm((x / unit) * 4 + 7, (y / unit) * 4, scene.seed + 5, 4)) * Math.exp(-off * off * 3))
      );
    });
    const milk = mix(light.sun, fromHex("#b8a8e0"), 0.4);
    for (let row = 0; row < horizon; row += 1)
      for (let column = 0; column < width; column += 1) {
        const share = dust(column, row);
        if (share > 0.004) shine(sheet, row * width + column, milk, share * 0.36 * smooth(1, 0.6, row / horizon));
      }
  }
  for (let star = 0; star < count; star += 1) {
    let [x, y] = [dice() * width, dice() * horizon];
    if (star % 3 === 0 && dim === 1) y = (0.3 + band.turn * band.slope * (x / width - band.middle) + (dice() + dice() - 1) * 0.24) * unit;
    if (y > horizon) continue;
    const power = dice() ** 9;
    const warm = dice();
    const tone: Color = [1, warm < 0.2 ? 0.03 : -0.005, warm < 0.2 ? 0.04 : -0.03];
    const r = (0.0007 + 0.0016 * power) * unit;
    const share = (0.25 + 0.75 * power) * smooth(1, 0.75, y / horizon) * dim;
    dot(sheet, { x, y, r }, tone, share);
    if (power > 0.5) glow(sheet, { x, y, r: r * 3 }, tone, 0.3 * power);
  }
}

function paintAurora(sheet: Sheet, scene: Scene, horizon: number): void {
  const { width, unit } = sheet;
  const { seed } = scene;
  const named = scene.palette.map(fromHex);
  const low = named[0] ?? fromHex("#5cf0a4");
  const high = named[1] ?? fromHex("#9a5ae8");
  const ribbons = [0, 1, 2].map((index) => ({ base: 0.12 + index * 0.11, seed: seed + index * 61, power: 1 - index * 0.28 }));
  for (const ribbon of ribbons) {
    const reach = horizon / unit;
    const foot = Float32Array.from({ length: width }, (_, column) => {
      const x = column / unit;
      return (ribbon.base + 0.12 + 0.24 * (fbm(x * 1.5 + 3, 1, ribbon.seed, 3) - 0.4) + 0.03 * Math.sin(x * 6 + ribbon.seed)) * (0.55 + reach * 0.6);
    });
    for (let column = 0; column < width; column += 1) {
      const x = column / unit;
      // Where the ribbon is seen along its length its rays crowd together.
      const bend = Math.abs(foot[Math.min(width - 1, column + 6)]! - foot[Math.max(0, column - 6)]!) * unit * 0.06;
      const rays = 0.3 + 0.55 * fbm(x * 26 + bend * 2, 2, ribbon.seed + 1, 3) + 0.5 * (noise(x * 2.3, 5, ribbon.seed + 3) - 0.35);
      const tall = 0.16 + 0.22 * noise(x * 9, 3, ribbon.seed + 2);
      for (let row = 0; row < horizon; row += 1) {
        const above = (horizon - row) / unit - foot[column]!;
        if (above < -0.03) break;
        const share = smooth(-0.03, 0.015, above) * Math.exp(-Math.max(0, above) / tall) * rays * ribbon.power * smooth(0, 0.08, row / horizon + 0.03);
        if (share > 0.004) shine(sheet, row * width + column, mix(low, high, smooth(0.05, 0.3, above)), clamp(share) * 0.72);
      }
    }
  }
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
