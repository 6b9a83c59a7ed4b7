import { fromHex, lighten, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, noise, smooth } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, box, dot, glow, line, type Sheet } from "./sheet.ts";

const lamps = ["#ffd98a", "#ffc46a", "#fff0c8", "#cfe6ff", "#ff9a6a"].map(fromHex);
const neon = ["#ff3c9c", "#28d8f0", "#a85cff", "#ffb43c"].map(fromHex);

interface Ground {
  readonly base: number;
  readonly air: (column: number) => Color;
}

/** Blocks behind blocks, with windows that are lit as the hour asks. */
export function paintCity(sheet: Sheet, scene: Scene, light: Light, { base, air: plain }: Ground): void {
  const air = (column: number): Color => (light.dark ? mix(plain(column), lamps[1]!, 0.26) : plain(column));
  const { width, unit } = sheet;
  const dice = createDice(scene.seed ^ 0xc17);
  const litShare = { night: 0.42, dusk: 0.34, golden: 0.12, dawn: 0.1, day: 0 }[scene.hour];
  const rows = 4;
  const room = Math.min(1.25, Math.max(0.8, base / unit / 0.62));
  const centre = 0.3 + dice() * 0.4;
  for (let index = 0; index < rows; index += 1) {
    const near = index / (rows - 1);
    const away = (1 - near) ** 0.9 * 0.74 + (scene.fog ? 0.2 : 0.04);
    let x = -unit * 0.04 * dice();
    while (x < width) {
      const wide = unit * (0.022 + 0.042 * near) * (0.7 + dice() * 0.9);
      const bulk = Math.exp(-(((x / width - centre) / 0.33) ** 2));
      const tall = unit * room * (0.05 + (0.1 + 0.27 * bulk) * dice() ** 1.7 * (1.2 - 0.55 * near) + (near > 0.5 ? 0.03 : 0.07) * (0.5 + bulk));
      paintTower(sheet, { x: Math.round(x), wide: Math.round(wide), tall: Math.round(tall), base }, { scene, light, air, away, near, litShare, dice });
      x += wide * (near > 0.9 ? 0.98 + dice() * 0.5 : 0.9 + dice() * 0.2);
    }
    if (litShare > 0.2) streetlight(sheet, scene, { base, near, air });
  }
  if (litShare > 0.1) lampsAlong(sheet, base, dice);
}

interface Tower {
  readonly x: number;
  readonly wide: number;
  readonly tall: number;
  readonly base: number;
}

interface Style {
  readonly scene: Scene;
  readonly light: Light;
  readonly air: (column: number) => Color;
  readonly away: number;
  readonly near: number;
  readonly litShare: number;
  readonly dice: () => number;
}

function paintTower(sheet: Sheet, { x, wide, tall, base }: Tower, style: Style): void {
  const { scene, light, air, away, near, dice } = style;
  const haze = air(Math.max(0, Math.min(sheet.width - 1, Math.round(x + wide / 2))));
  const walls = ["#6a7280", "#8a7a70", "#a89c8c", "#56606c", "#9aa4ae", "#7c5c50"].map(fromHex);
  const wall = scene.palette.length > 0 && dice() < 0.35 ? mix(walls[0]!, fromHex(scene.palette[0]!), 0.6) : walls[Math.floor(dice() * walls.length)]!;
  const seen = (color: Color, share: number): Color => mix(light.lit(color, share), haze, away);
  const side = light.sunX * sheet.width < x ? -1 : 1;
  const top = base - tall;
  const turn = wide * (0.25 + dice() * 0.3);
  const [lit, dim] = [seen(wall, light.dark ? 0.5 : 0.95), seen(wall, 0.12)];
  const left = side < 0 ? turn : wide - turn;
  const parts = [{ x, w: wide, y: top, h: tall }];
  const crown = dice();
  if (crown < 0.3 && tall > wide * 2)
    parts.push(
      { x: x + wide * 0.2, w: wide * 0.6, y: top - wide * 0.5, h: wide * 0.5 },
      { x: x + wide * 0.36, w: wide * 0.28, y: top - wide * 0.85, h: wide * 0.36 },
    );
  for (const part of parts) {
    box(sheet, part, side < 0 ? dim : lit, 1);
    const litWide = Math.min(part.w, Math.max(0, (side < 0 ? left : part.w - (wide - left)) * (part.w / wide)));
    box(sheet, side < 0 ? { ...part, w: litWide } : { ...part, x: part.x + part.w - litWide, w: litWide }, side < 0 ? lit : dim, 1);
    box(sheet, { x: part.x, y: part.y, w: part.w, h: Math.max(1, wide * 0.03) }, lighten(lit, 0.05), 0.7);
  }
  if (crown > 0.84 && tall > wide * 2.4) {
    line(sheet, { x0: x + wide / 2, y0: top, x1: x + wide / 2, y1: top - wide * (0.7 + dice()), w0: wide * 0.06, w1: 0.8 }, dim, 1);
    if (light.dark) glow(sheet, { x: x + wide / 2, y: top - wide * 0.8, r: wide * 0.3 }, fromHex("#ff4a3c"), 0.8);
  }
  paintWindows(sheet, { x, wide, tall, base }, style, seen);
  if (near > 0.3 && light.dark && dice() < 0.1) sign(sheet, { x, wide, tall, base }, dice);
}

function paintWindows(
  sheet: Sheet,
  { x, wide, tall, base }: Tower,
  { light, near, litShare, away, dice }: Style,
  seen: (color: Color, share: number) => Color,
): void {
  const floor = Math.max(3.2, sheet.unit * (0.0052 + 0.0052 * near));
  const bay = floor * (0.7 + dice() * 0.5);
  const across = Math.max(2, Math.floor((wide - 2) / bay));
  const step = (wide - bay * 0.3) / across;
  const glass = seen(mix(light.middle, light.zenith, 0.4), 0.6);
  const busy = litShare * (0.25 + dice() * 1.3);
  const bands = dice() < 0.25;
  const tone = lamps[Math.floor(dice() * lamps.length)]!;
  for (let y = base - tall + floor * 0.6; y < base - floor * 0.8; y += floor) {
    const row = bands ? dice() : 0;
    for (let column = 0; column < across; column += 1) {
      const on = dice() < busy * (bands ? (row < 0.3 ? 2 : 0.5) : 1);
      const pane = { x: x + bay * 0.3 + column * step, y, w: bands ? step : step * 0.62, h: floor * 0.52 };
      if (on) box(sheet, pane, mix(mix(lamps[Math.floor(dice() * lamps.length)]!, tone, 0.6), light.haze, away * 0.4), 0.55 + 0.45 * dice());
      else if (!light.dark) box(sheet, pane, glass, 0.4 + 0.2 * dice());
      else if (near > 0.4) box(sheet, pane, lighten(glass, -0.04), 0.35);
    }
  }
}

function sign(sheet: Sheet, { x, wide, tall, base }: Tower, dice: () => number): void {
  const color = neon[Math.floor(dice() * neon.length)]!;
  const place = { x: x + wide * 0.12, y: base - tall * (0.5 + dice() * 0.4), w: Math.max(2, wide * 0.12), h: tall * 0.22 };
  box(sheet, place, color, 0.95);
  glow(sheet, { x: place.x, y: place.y + place.h / 2, r: wide * 1.1 }, color, 0.4);
}

/** The streets between the rows shine up. */
function streetlight(sheet: Sheet, { seed }: Scene, { base, near, air }: Ground & { near: number }): void {
  const { width, unit } = sheet;
  const deep = unit * (0.2 - near * 0.1);
  for (let row = Math.max(0, Math.floor(base - deep)); row < base; row += 1)
    for (let column = 0; column < width; column += 1) {
      const share = smooth(base - deep, base, row) * (0.1 + 0.26 * noise((column / unit) * 9, near * 5, seed)) * (1 - near * 0.7);
      blend(sheet, row * width + column, mix(lamps[1]!, air(column), 0.45), clamp(share));
    }
}

function lampsAlong(sheet: Sheet, base: number, dice: () => number): void {
  const { width, unit } = sheet;
  for (let x = 0; x < width; x += unit * (0.018 + dice() * 0.02)) {
    const tone = lamps[Math.floor(dice() * 3)]!;
    dot(sheet, { x, y: base - unit * 0.006, r: unit * 0.0017 }, tone, 1);
    glow(sheet, { x, y: base - unit * 0.006, r: unit * 0.016 }, tone, 0.5);
  }
}

/** A quay between the city and its water. */
export function paintQuay(sheet: Sheet, light: Light, { base, air }: Ground): void {
  const { width, unit } = sheet;
  const tone = mix(light.lit(fromHex("#4a4a50"), 0.2), air(Math.floor(width / 2)), 0.12);
  box(sheet, { x: 0, y: base - unit * 0.003, w: width, h: unit * 0.012 }, tone, 1);
}
