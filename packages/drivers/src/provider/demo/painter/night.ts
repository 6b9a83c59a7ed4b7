/** What only a night sky has: stars, the milky way, northern lights. */
import { fromHex, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { coarse, dot, glow, shine, type Sheet } from "./sheet.ts";

export function paintStars(sheet: Sheet, scene: Scene, light: Light, horizon: number): void {
  const { width, height, unit } = sheet;
  const dice = createDice(scene.seed ^ 0x57a5);
  const dim = scene.hour === "dusk" || scene.subject === "city" ? 0.3 : 1;
  const count = Math.round(((width * height) / (unit * unit)) * 2600 * dim);
  const band = { slope: 0.5 + dice() * 0.9, turn: dice() < 0.5 ? -1 : 1, middle: 0.3 + dice() * 0.4 };
  const middleAt = (x: number): number => 0.3 + band.turn * band.slope * (x / width - band.middle);
  if (light.dark && scene.subject !== "city" && !scene.aurora) paintMilkyWay(sheet, scene, light, { horizon, middleAt });
  for (let star = 0; star < count; star += 1) {
    let [x, y] = [dice() * width, dice() * horizon];
    if (star % 3 === 0 && dim === 1) y = (middleAt(x) + (dice() + dice() - 1) * 0.24) * unit;
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

function paintMilkyWay(sheet: Sheet, { seed }: Scene, light: Light, { horizon, middleAt }: { horizon: number; middleAt: (x: number) => number }): void {
  const { width, unit } = sheet;
  const dust = coarse(sheet, 4, (x, y) => {
    const off = (y / unit - middleAt(x)) / 0.17;
    if (Math.abs(off) > 3 || y > horizon + 8) return 0;
    const cloud = smooth(0.25, 0.8, fbm((x / unit) * 5, (y / unit) * 5, seed + 4, 5));
    const lane = smooth(0.5, 0.68, fbm((x / unit) * 4 + 7, (y / unit) * 4, seed + 5, 4)) * Math.exp(-off * off * 3);
    return Math.exp(-off * off) * cloud * (1 - 0.75 * lane);
  });
  const milk = mix(light.sun, fromHex("#b8a8e0"), 0.4);
  for (let row = 0; row < horizon; row += 1)
    for (let column = 0; column < width; column += 1) shine(sheet, row * width + column, milk, dust(column, row) * 0.36 * smooth(1, 0.6, row / horizon));
}

export function paintAurora(sheet: Sheet, scene: Scene, horizon: number): void {
  const { seed } = scene;
  const named = scene.palette.map(fromHex);
  const low = named[0] ?? fromHex("#5cf0a4");
  const high = named[1] ?? fromHex("#9a5ae8");
  const ribbons = [0, 1, 2].map((index) => ({ base: 0.12 + index * 0.11, seed: seed + index * 61, power: 1 - index * 0.28 }));
  for (const ribbon of ribbons) paintRibbon(sheet, { ...ribbon, horizon, low, high });
}

interface Ribbon {
  readonly base: number;
  readonly seed: number;
  readonly power: number;
  readonly horizon: number;
  readonly low: Color;
  readonly high: Color;
}

function paintRibbon(sheet: Sheet, { base, seed, power, horizon, low, high }: Ribbon): void {
  const { width, unit } = sheet;
  const reach = 0.55 + (horizon / unit) * 0.6;
  const foot = Float32Array.from({ length: width }, (_, column) => {
    const x = column / unit;
    return (base + 0.12 + 0.24 * (fbm(x * 1.5 + 3, 1, seed, 3) - 0.4) + 0.03 * Math.sin(x * 6 + seed)) * reach;
  });
  for (let column = 0; column < width; column += 1) {
    const x = column / unit;
    // Where the ribbon is seen along its length its rays crowd together.
    const bend = Math.abs(foot[Math.min(width - 1, column + 6)]! - foot[Math.max(0, column - 6)]!) * unit * 0.06;
    const rays = 0.3 + 0.55 * fbm(x * 26 + bend * 2, 2, seed + 1, 3) + 0.5 * (noise(x * 2.3, 5, seed + 3) - 0.35);
    const tall = 0.16 + 0.22 * noise(x * 9, 3, seed + 2);
    const last = Math.min(horizon, horizon - (foot[column]! - 0.03) * unit);
    for (let row = Math.max(0, Math.floor(horizon - (foot[column]! + tall * 4) * unit)); row < last; row += 1) {
      const above = (horizon - row) / unit - foot[column]!;
      const share = smooth(-0.03, 0.015, above) * Math.exp(-Math.max(0, above) / tall) * rays * power * smooth(0, 0.08, row / horizon + 0.03);
      if (share > 0.004) shine(sheet, row * width + column, mix(low, high, smooth(0.05, 0.3, above)), clamp(share) * 0.72);
    }
  }
}
