/** A painting taken apart, so that what moves can move by itself: the heavens, the clouds, the land and the water. */
import { write, type Color } from "../painter/color.ts";
import { createClouds } from "../painter/clouds.ts";
import { develop } from "../painter/develop.ts";
import type { Light } from "../painter/light.ts";
import { stage, type Painting, type Staged } from "../painter/paint.ts";
import type { Scene } from "../painter/read-prompt.ts";
import { createSheet, put, type Sheet } from "../painter/sheet.ts";
import { paintCityGlow, paintHeavens } from "../painter/sky.ts";
import { WATER } from "../painter/terrain.ts";

/** RGB, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

/** Clouds reach beyond the picture on both sides, as they will be moved. */
export interface CloudPlane extends Plane {
  readonly margin: number;
  /** 0 to 255: how much of what is behind is hidden. */
  readonly cover: Uint8Array;
}

export const STILL = 0;
export const WET = 1;
export const SWAYING = 2;

export interface Layers {
  readonly still: Plane;
  /** What each pixel of `still` does: it keeps still, it is water, or it sways. */
  readonly kinds: Uint8Array;
  readonly sky: { readonly heavens: Plane; readonly clouds: CloudPlane; /** 0 to 255: how much sky shows through `still`. */ readonly open: Uint8Array } | null;
  readonly horizon: number | null;
  /** Where fog takes its colour from. */
  readonly haze: Color;
  readonly scene: Scene;
  readonly light: Light;
}

/** Clouds that nothing stands before come out as they would in a picture: the same scene, painted once more without what moves. */
export function paintLayers(painting: Painting, onShare: (share: number) => void): Layers {
  const staged = stage(painting, (share) => onShare(share * 0.7));
  const { sheet, scene, light, horizon, bloom } = staged;
  const finish = { bloom, seed: painting.seed, grainy: 0.35 };
  const { width, height } = sheet;
  const kinds = kindsOf(staged);
  const sky = horizon === null ? null : skyOf(staged, horizon);
  onShare(0.85);
  const still = { width, height, pixels: develop(sheet, finish, () => undefined) };
  onShare(1);
  return { still, kinds, sky, horizon, haze: colorOf(light.haze), scene, light };
}

function kindsOf({ sheet, scene, horizon, water }: Staged): Uint8Array {
  const { width, height } = sheet;
  if (horizon === null) return new Uint8Array(width * height).fill(SWAYING);
  const kinds = new Uint8Array(width * height).fill(STILL);
  // Grass and leaves, not houses.
  const sways = scene.subject === "meadow" || scene.subject === "forest";
  if (sways) kinds.fill(SWAYING, Math.round(horizon * (scene.subject === "forest" ? 0 : 1)) * width);
  if (water) for (let at = 0; at < kinds.length; at += 1) if (water[at] === WATER) kinds[at] = WET;
  return kinds;
}

function skyOf({ sheet, scene, light, bloom }: Staged, horizon: number): Layers["sky"] {
  const { width, height } = sheet;
  const clear = createSheet(width, height);
  paintHeavens(clear, scene, light, horizon);
  const margin = Math.ceil(width * 0.16);
  const wide: Sheet = { ...createSheet(width + 2 * margin, horizon + 2), unit: sheet.unit };
  const shifted = { ...light, sunX: (light.sunX * width + margin) / wide.width };
  const clouds = createClouds(wide, scene, shifted, horizon);
  const cover = new Uint8Array(wide.width * wide.height);
  for (let row = 0; row < wide.height; row += 1)
    for (let column = 0; column < wide.width; column += 1) {
      const at = row * wide.width + column;
      cover[at] = Math.round(255 * Math.min(1, Math.max(0, clouds.amount(column, row))));
      put(wide, at, clouds.color(column, row));
    }
  const open = openIn({ sheet, clear, cover, margin, wide, clouds });
  if (light.dark && scene.subject === "city") for (const each of [clear, wide]) paintCityGlow(each, horizon);
  const finish = { bloom, seed: scene.seed, grainy: 0.35 };
  const rows = Math.min(height, wide.height);
  const plane = (each: Sheet): Plane => ({ width: each.width, height: rows, pixels: develop(each, { ...finish, rows }, () => undefined) });
  return { heavens: plane(clear), clouds: { ...plane(wide), margin, cover }, open };
}

interface Seen {
  readonly sheet: Sheet;
  readonly clear: Sheet;
  readonly wide: Sheet;
  readonly cover: Uint8Array;
  readonly margin: number;
  readonly clouds: { amount(column: number, row: number): number };
}

/** Sky is where the picture is still what heavens and clouds make; its edge is made soft. */
function openIn({ sheet, clear, cover, margin, wide, clouds }: Seen): Uint8Array {
  const { width, height, lab } = sheet;
  const last = Math.min(height, wide.height);
  const hard = new Uint8Array(width * height);
  for (let row = 0; row < last; row += 1)
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column;
      const over = row * wide.width + column + margin;
      const share = Math.min(1, Math.max(0, clouds.amount(column + margin, row)));
      let off = 0;
      for (let part = 0; part < 3; part += 1) {
        const behind = clear.lab[at * 3 + part]!;
        off += Math.abs(lab[at * 3 + part]! - (behind + (wide.lab[over * 3 + part]! - behind) * share));
      }
      hard[at] = off < 0.02 || cover[over] === undefined ? 255 : 0;
    }
  return soften(hard, width, height);
}

/** What is sky at all is so by the share of sky around it. */
function soften(mask: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(mask.length);
  const clamped = (value: number, size: number): number => Math.max(0, Math.min(size - 1, value));
  const near = Array.from({ length: 9 }, (_, at) => [(at % 3) - 1, Math.floor(at / 3) - 1] as const);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column;
      if (mask[at] === 0) continue;
      let sum = 0;
      for (const [dx, dy] of near) sum += mask[clamped(row + dy, height) * width + clamped(column + dx, width)]!;
      out[at] = sum / 9;
    }
  return out;
}

/** Of a colour its bytes. */
export function colorOf(color: Color): Color {
  const bytes = new Uint8ClampedArray(3);
  write(bytes, 0, color, 0);
  return [bytes[0]!, bytes[1]!, bytes[2]!];
}
