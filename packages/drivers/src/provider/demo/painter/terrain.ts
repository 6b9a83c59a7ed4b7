/** Land seen in perspective: marched from near to far, so that what is near hides what is far. */
import { mix, type Color } from "./color.ts";
import { blend, type Sheet } from "./sheet.ts";

/** The camera: `horizon` is a row, `focal` is in pixels, `eye` is its height in the land's own measure. */
export interface View {
  readonly horizon: number;
  readonly focal: number;
  readonly eye: number;
}

export interface Place {
  x: number;
  z: number;
  height: number;
  /** How steep it is along x and along z. */
  slopeX: number;
  slopeZ: number;
}

export interface Land {
  readonly near: number;
  readonly far: number;
  /** No part of the land is higher than this. */
  readonly top: number;
  /** Below 0 is water. */
  height(x: number, z: number): number;
  color(place: Place): Color;
  /** 0 to 1: how much of the air's colour is seen at this distance. */
  haze(z: number, height: number): number;
  readonly air: (column: number) => Color;
}

export const WATER = 1;
export const LAND = 2;

/** Paints the land over the sky, and says what each pixel is: sky (0), water or land. */
export function paintLand(sheet: Sheet, view: View, land: Land): Uint8Array {
  const { width, height, unit } = sheet;
  const { horizon, focal, eye } = view;
  const kinds = new Uint8Array(width * height);
  const top = new Float32Array(width).fill(height);
  const before = new Float32Array(width);
  const row = new Float32Array(width);
  const seen = new Float32Array(width * 3);
  const shown = new Uint8Array(width);
  const airs = Array.from({ length: width }, (_, column) => land.air(column));
  const place: Place = { x: 0, z: 0, height: 0, slopeX: 0, slopeZ: 0 };
  const ratio = 1 + 4.4 / unit;
  for (let z = land.near, last = land.near / ratio; z < land.far; last = z, z *= ratio) {
    const scale = focal / z;
    const highest = horizon + (eye - land.top) * scale;
    const gap = z - last;
    for (let column = 0; column < width; column += 1) {
      if (highest >= top[column]!) {
        shown[column] = 0;
        continue;
      }
      const x = (column - width / 2) / scale;
      const high = land.height(x, z);
      row[column] = high;
      const y = horizon + (eye - Math.max(0, high)) * scale;
      const above = top[column]!;
      if (y >= above) {
        shown[column] = 0;
        before[column] = high;
        continue;
      }
      const wet = high < 0;
      if (!wet) {
        place.x = x;
        place.z = z;
        place.height = high;
        place.slopeZ = (high - before[column]!) / gap;
        place.slopeX = column > 1 ? ((high - row[column - 2]!) * scale) / 2 : 0;
      }
      const color = wet ? airs[column]! : mix(land.color(place), airs[column]!, land.haze(z, high));
      const from = Math.max(0, Math.floor(y));
      const bottom = Math.min(height - 1, Math.ceil(above) - 1);
      const span = above - y;
      for (let at = from; at <= bottom; at += 1) {
        const pixel = at * width + column;
        const down = shown[column] ? Math.min(1, Math.max(0, (at + 0.5 - y) / span)) : 0;
        const first = column * 3;
        const tone: Color = down === 0 ? color : mix(color, [seen[first]!, seen[first + 1]!, seen[first + 2]!], down);
        blend(sheet, pixel, tone, at + 1 > above ? above - at : 1);
        kinds[pixel] = wet ? WATER : LAND;
      }
      seen[column * 3] = color[0];
      seen[column * 3 + 1] = color[1];
      seen[column * 3 + 2] = color[2];
      shown[column] = wet ? 0 : 1;
      before[column] = high;
      top[column] = y;
    }
  }
  softenSkyline(sheet, top);
  return kinds;
}

/** The last pixel of each column was painted whole: gives the sky its part of it. */
function softenSkyline(sheet: Sheet, top: Float32Array): void {
  const { width, height, lab } = sheet;
  for (const [column, y] of top.entries()) {
    const row = Math.floor(y);
    if (row < 1 || row >= height) continue;
    const above = ((row - 1) * width + column) * 3;
    blend(sheet, row * width + column, [lab[above]!, lab[above + 1]!, lab[above + 2]!], y - row);
  }
}

/** The row on which a point of the land is seen. */
export const rowOf = ({ horizon, focal, eye }: View, height: number, z: number): number => horizon + ((eye - height) * focal) / z;
