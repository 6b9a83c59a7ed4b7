import { fromHex, mix, type Color } from "./color.ts";
import type { Scene } from "./read-prompt.ts";
import type { Sheet } from "./sheet.ts";

/** What an abstract picture is made from. */
export interface Study {
  readonly sheet: Sheet;
  readonly seed: number;
  readonly palette: readonly Color[];
  readonly dice: () => number;
}

const families = [
  ["#0b132b", "#1c4f6b", "#3ca6a6", "#f2d7a0", "#e8734a"],
  ["#1a1030", "#5a2a6c", "#c2436a", "#f59a5c", "#fbe6b8"],
  ["#23263a", "#5c3a48", "#c4674a", "#e2b77a", "#f4efe4"],
  ["#0d1f1c", "#1f5c4c", "#7fb07a", "#e6dfae", "#d98a4a"],
  ["#101828", "#2f4a8c", "#7a8fd0", "#e8c4cc", "#f6efe2"],
  ["#20384a", "#4a7c8c", "#a8c4cc", "#f0b8a8", "#fbf3ec"],
  ["#2b1b17", "#8c3b2a", "#e07a3f", "#f2c879", "#7fa6a0"],
  ["#14213d", "#2a6f97", "#61a5c2", "#fca311", "#f5f1e6"],
];

/** Five colours from dark to light with an accent: those of the words, or a family of the seed's. */
export function paletteOf(scene: Scene, dice: () => number): readonly Color[] {
  const family = families[Math.floor(dice() * families.length)]!;
  const base = (scene.mood.length > 0 ? scene.mood : family).map(fromHex);
  const named = scene.palette.map(fromHex);
  if (named.length === 0) return base;
  const [first, second] = [named[0]!, named[1] ?? named[0]!];
  const tone = (from: Color, L: number, rich: number): Color => [L, from[1] * rich, from[2] * rich];
  // A named colour is the picture's own; around it its shade, its tint, and a quiet opposite.
  const opposite: Color = [0.72, -first[1] * 0.35, -first[2] * 0.35];
  return [
    tone(second, 0.24, 0.5),
    tone(first, Math.max(0.3, first[0] * 0.72), 0.95),
    first,
    named[2] ?? (named.length > 1 ? second : mix(opposite, tone(first, 0.8, 0.4), 0.35)),
    tone(first, 0.94, 0.16),
  ];
}

/** A colour along the palette; `at` is 0 to 1. */
export function along(palette: readonly Color[], at: number): Color {
  const place = Math.min(0.9999, Math.max(0, at)) * (palette.length - 1);
  const stop = Math.floor(place);
  const t = place - stop;
  return mix(palette[stop]!, palette[stop + 1]!, t * t * (3 - 2 * t));
}
