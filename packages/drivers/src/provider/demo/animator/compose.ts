/** One frame: the heavens, the clouds before them, and the land before those, each as the camera sees it. */
import { noise } from "../painter/noise.ts";
import type { Camera } from "./camera.ts";
import { STILL, WET, type CloudPlane, type Layers, type Plane } from "./layers.ts";
import type { Motion } from "./motion.ts";

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** RGB, row by row. */
  readonly pixels: Uint8ClampedArray;
}

export interface Moment {
  readonly seconds: number;
  /** 0 at the beginning, 1 at the end. */
  readonly gone: number;
}

export interface Scenery {
  readonly layers: Layers;
  readonly camera: Camera;
  readonly motion: Motion;
}

// A million pixels a frame: colours pass through this one place, so that none of them is an object.
const color = new Float32Array(3);

export function compose(frame: Frame, set: Scenery, moment: Moment): void {
  const { width, height, pixels } = frame;
  const { layers, motion } = set;
  const curtains = layers.sky && layers.scene.aurora ? curtainsOf(width, layers, moment.seconds) : null;
  for (let row = 0; row < height; row += 1) {
    drawLand(frame, set, { ...moment, row });
    if (layers.sky) drawSky(frame, set, { ...moment, row, curtains });
    if (!motion.fog) continue;
    const fog = motion.fog.draw(row);
    for (let column = 0, at = row * width * 3; column < width; column += 1, at += 3) {
      const share = fog[column]!;
      for (let part = 0; part < 3; part += 1) pixels[at + part] = pixels[at + part]! * (1 - share) + layers.haze[part]! * share;
    }
  }
}

function drawLand({ width, pixels }: Frame, { layers, camera, motion }: Scenery, { row, seconds, gone }: Moment & { readonly row: number }): void {
  const { still, kinds, sky } = layers;
  const { scale, left, y } = camera.ground(row, gone);
  const first = (y | 0) * still.width;
  const light = motion.light.draw(row);
  const [swayX, swayY, waveX, waveY] = [motion.swayX.draw(row), motion.swayY.draw(row), motion.waveX.draw(row), motion.waveY.draw(row)];
  const glitter = glitterAt(layers, y, seconds);
  for (let column = 0, to = row * width * 3; column < width; column += 1, to += 3) {
    const x = column * scale + left;
    const at = first + (x | 0);
    if (sky && sky.open[at]! === 255) continue;
    const kind = kinds[at]!;
    let bright = light[column]!;
    if (kind === STILL) read(still, x, y);
    else {
      const wet = kind === WET;
      const mx = x + (wet ? waveX[column]! : swayX[column]!);
      const my = y + (wet ? waveY[column]! : swayY[column]!);
      // Water is not seen where there is none.
      if (kinds[within(my | 0, still.height) * still.width + within(mx | 0, still.width)] === kind) read(still, mx, my);
      else read(still, x, y);
      if (wet) bright *= glitter(mx);
    }
    pixels[to] = color[0]! * bright;
    pixels[to + 1] = color[1]! * bright;
    pixels[to + 2] = color[2]! * bright;
  }
}

interface Curtains {
  readonly shift: Float32Array;
  readonly gain: Float32Array;
}

function drawSky(
  { width, pixels }: Frame,
  { layers, camera }: Scenery,
  { row, seconds, gone, curtains }: Moment & { readonly row: number; readonly curtains: Curtains | null },
): void {
  const { still } = layers;
  const { heavens, clouds, open } = layers.sky!;
  const ground = camera.ground(row, gone);
  const first = (ground.y | 0) * still.width;
  const { scale, left, y } = camera.sky(row, gone);
  const drift = driftOf(layers, y, seconds) + clouds.margin;
  for (let column = 0, to = row * width * 3; column < width; column += 1, to += 3) {
    const seen = open[first + ((column * ground.scale + ground.left) | 0)]!;
    if (seen === 0) continue;
    const x = column * scale + left;
    read(heavens, curtains ? x + curtains.shift[column]! : x, y);
    if (curtains) for (let part = 0; part < 3; part += 1) color[part] = color[part]! * curtains.gain[column]!;
    veil(clouds, x + drift, y);
    const share = seen / 255;
    pixels[to] = color[0]! * share + pixels[to]! * (1 - share);
    pixels[to + 1] = color[1]! * share + pixels[to + 1]! * (1 - share);
    pixels[to + 2] = color[2]! * share + pixels[to + 2]! * (1 - share);
  }
}

const TILE = 512;
const FINE = 16;
let ripples: Float32Array | null = null;

/** Two patterns of ripples run through each other: where both are high the water shines. */
function glitterAt({ still: { width, height }, horizon }: Layers, y: number, seconds: number): (x: number) => number {
  ripples ??= Float32Array.from({ length: TILE * TILE }, (_, at) => noise((at % TILE) / FINE, Math.floor(at / TILE) / FINE, 3));
  const tile = ripples;
  const level = horizon ?? height / 2;
  const unit = Math.sqrt(width * height);
  const far = 1 / (Math.max(0.02, (y - level) / (height - level)) + 0.12);
  const across = (far * 9 * FINE) / unit;
  const rowOf = (z: number): number => (Math.floor(z * FINE) & (TILE - 1)) * TILE;
  const [first, second] = [rowOf(far * 17 + seconds * 1.9), rowOf(far * 20 + seconds * 1.2 + 9)];
  const [right, left] = [seconds * 1.1 * FINE + TILE * 64, TILE * 64 - seconds * 1.3 * FINE];
  const half = width / 2;
  return (x) => {
    const px = (x - half) * across;
    return 0.9 + tile[first + ((px + right) & (TILE - 1))]! * tile[second + ((px * 1.3 + left) & (TILE - 1))]! * 0.42;
  };
}

/** Clouds on a ceiling: those that are low over the horizon are far, and move less. */
function driftOf({ still, horizon, scene }: Layers, y: number, seconds: number): number {
  const unit = Math.sqrt(still.width * still.height);
  const way = scene.seed % 2 === 0 ? 1 : -1;
  const speed = scene.stormy || scene.rain ? 0.05 : 0.026;
  return way * speed * seconds * unit * (0.1 + Math.max(0, ((horizon ?? 0) - y) / unit));
}

/** Northern lights wave and brighten, each column by itself. */
function curtainsOf(width: number, { still, scene: { seed } }: Layers, seconds: number): Curtains {
  const column = (at: (x: number) => number): Float32Array => Float32Array.from({ length: width }, (_, x) => at(x / width));
  return {
    shift: column((x) => (noise(x * 7 + seconds * 0.35, seconds * 0.2, seed + 91) - 0.5) * still.width * 0.012),
    gain: column((x) => 0.82 + 0.4 * noise(x * 11 - seconds * 0.5, seconds * 0.45, seed + 92)),
  };
}

const within = (value: number, size: number): number => (value < 0 ? 0 : value >= size ? size - 1 : value);

function read({ width, height, pixels }: Plane, x: number, y: number): void {
  const px = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x;
  const py = y < 0 ? 0 : y > height - 1.001 ? height - 1.001 : y;
  const column = px | 0;
  const row = py | 0;
  const u = px - column;
  const v = py - row;
  const a = (1 - u) * (1 - v);
  const b = u * (1 - v);
  const c = (1 - u) * v;
  const d = u * v;
  const first = (row * width + column) * 3;
  const second = first + width * 3;
  color[0] = pixels[first]! * a + pixels[first + 3]! * b + pixels[second]! * c + pixels[second + 3]! * d;
  color[1] = pixels[first + 1]! * a + pixels[first + 4]! * b + pixels[second + 1]! * c + pixels[second + 4]! * d;
  color[2] = pixels[first + 2]! * a + pixels[first + 5]! * b + pixels[second + 2]! * c + pixels[second + 5]! * d;
}

/** Lays the clouds over the colour. */
function veil({ width, height, pixels, cover }: CloudPlane, x: number, y: number): void {
  const px = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x;
  const py = y > height - 1.001 ? height - 1.001 : y;
  const column = px | 0;
  const row = py | 0;
  const u = px - column;
  const v = py - row;
  const a = (1 - u) * (1 - v);
  const b = u * (1 - v);
  const c = (1 - u) * v;
  const d = u * v;
  const first = row * width + column;
  const share = (cover[first]! * a + cover[first + 1]! * b + cover[first + width]! * c + cover[first + width + 1]! * d) / 255;
  if (share < 0.004) return;
  const rest = 1 - share;
  const p = first * 3;
  const q = p + width * 3;
  color[0] = color[0]! * rest + (pixels[p]! * a + pixels[p + 3]! * b + pixels[q]! * c + pixels[q + 3]! * d) * share;
  color[1] = color[1]! * rest + (pixels[p + 1]! * a + pixels[p + 4]! * b + pixels[q + 1]! * c + pixels[q + 4]! * d) * share;
  color[2] = color[2]! * rest + (pixels[p + 2]! * a + pixels[p + 5]! * b + pixels[q + 2]! * c + pixels[q + 5]! * d) * share;
}
