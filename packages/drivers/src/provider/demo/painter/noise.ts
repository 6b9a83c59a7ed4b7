/** Integer hashes and value noise: the same on every machine, for every seed. */

/** 0 to 1 from two lattice coordinates and a seed. */
export function hash(x: number, y: number, seed: number): number {
  let value = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return ((value ^ (value >>> 16)) >>> 0) / 4294967296;
}

/** FNV-1a over UTF-16 units, mixed with a number. */
export function seedOf(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

const ease = (t: number): number => t * t * t * (t * (t * 6 - 15) + 10);

const CELLS = 4096;
const LAST = CELLS - 1;
const heights = Float32Array.from({ length: CELLS }, (_, at) => hash(at, 1, 77));
const shifts = Uint16Array.from({ length: CELLS }, (_, at) => Math.floor(hash(at, 2, 78) * CELLS));

/** Every row of the lattice is the same long row of heights, each shifted by chance: far cheaper than a hash for each corner. */
export function noise(x: number, y: number, seed: number): number {
  const cellX = Math.floor(x);
  const cellY = Math.floor(y);
  const u = ease(x - cellX);
  const v = ease(y - cellY);
  const own = Math.imul(seed, 0x9e3779b1) >>> 16;
  const first = shifts[(cellY + own) & LAST]! + cellX + own;
  const second = shifts[(cellY + 1 + own) & LAST]! + cellX + own;
  const a = heights[first & LAST]!;
  const b = heights[second & LAST]!;
  const top = a + (heights[(first + 1) & LAST]! - a) * u;
  const bottom = b + (heights[(second + 1) & LAST]! - b) * u;
  return top + (bottom - top) * v;
}

/** Octaves of noise, 0 to 1. */
export function fbm(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let weight = 0.5;
  let total = 0;
  for (let octave = 0; octave < octaves; octave += 1) {
    sum += weight * noise(x, y, seed + octave * 101);
    total += weight;
    weight *= 0.5;
    // Turned a little every octave, so that no grid shows.
    const turned = x * 1.6 + y * 1.2;
    y = y * 1.6 - x * 1.2;
    x = turned;
  }
  return sum / total;
}

export const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

export function smooth(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** A stream of numbers, 0 to 1. */
export function createDice(seed: number): () => number {
  let count = 0;
  return () => hash((count += 1), 17, seed);
}
