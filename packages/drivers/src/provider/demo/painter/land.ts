import { fromHex, lighten, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, hash, noise, ridged, smooth } from "./noise.ts";
import type { Scene, Season } from "./read-prompt.ts";

/** One layer of land, from far to near. Heights are in parts of the picture's height, from the top. */
export interface Layer {
  /** The upper edge at each column. */
  readonly edge: Float32Array;
  /** What is at a point below the edge: `x` in parts of the width, `y` in parts of the height. */
  paint(x: number, y: number, below: number): Color;
}

export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly horizon: number;
}

const greens: Readonly<Record<Season, readonly [string, string]>> = {
  spring: ["#6f9a4c", "#a8bf62"],
  summer: ["#3f6e3a", "#6f8f45"],
  autumn: ["#9a5a28", "#c88a3a"],
  winter: ["#8e9cab", "#e4e9ee"],
};

const edgeOf = (width: number, at: (u: number) => number): Float32Array => Float32Array.from({ length: width }, (_, column) => at(column / width));

/** Light that falls from the sun's side on a slope. */
const slope = (edge: Float32Array, column: number, reach: number): number =>
  edge[Math.min(edge.length - 1, column + reach)]! - edge[Math.max(0, column - reach)]!;

export function mountains(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  const dice = createDice(scene.seed ^ 0x77);
  const count = 5;
  const snow = scene.season === "winter" ? 0.95 : 0.35 + dice() * 0.3;
  const ground = mix(fromHex(greens[scene.season][0]), light.shade, light.dark ? 0.85 : 0.5);
  const aspect = canvas.width / canvas.height;
  return Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1);
    const base = canvas.horizon + (near - 0.12) * (1 - canvas.horizon) * 0.85;
    const tall = (0.34 - near * 0.2) * (0.75 + dice() * 0.5);
    const pace = (1.1 + near * 1.3) * aspect;
    const seed = scene.seed + index * 977;
    const edge = edgeOf(canvas.width, (u) => base - tall * ridged(u * pace + 3, seed, 6) ** 1.6 + 0.05);
    const rock = mix(light.shade, light.middle, 0.25);
    const reach = Math.max(2, Math.round(canvas.width / 220));
    return {
      edge,
      paint(x, y, below) {
        const column = Math.min(canvas.width - 1, Math.floor(x * canvas.width));
        const grain = fbm(x * 26 * aspect, y * 34, seed + 5, 4);
        const lean = slope(edge, column, reach) * canvas.height * 0.012 * (light.sunX > x ? -1 : 1);
        const lit = clamp(0.42 + lean * 2.4 + (grain - 0.5) * 1.5);
        let color = mix(rock, mix(light.horizon, light.sun, 0.3), lit * (light.dark ? 0.16 : 0.42));
        color = mix(color, ground, smooth(0.06, 0.28, below) * near);
        if (near < 0.75) {
          const cap = smooth(0.12, 0.0, below + (grain - 0.5) * 0.16 - snow * 0.05) * snow * (1 - near);
          color = mix(color, mix(lighten(light.middle, 0.08), mix(light.sun, fromHex("#f4f6fa"), 0.5), lit), cap * (light.dark ? 0.4 : 0.95));
        }
        const haze = (1 - near) * 0.74 + smooth(0.02, 0.3, below) * 0.22 * (1 - near * 0.6) + (scene.fog ? 0.18 : 0);
        return mix(color, light.haze, clamp(haze));
      },
    };
  });
}

export function dunes(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  const dice = createDice(scene.seed ^ 0x99);
  const sand = mix(fromHex("#d59a5c"), light.horizon, 0.25);
  const shade = mix(fromHex("#7a4632"), light.shade, light.dark ? 0.8 : 0.45);
  const aspect = canvas.width / canvas.height;
  const count = 5;
  return Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1);
    const base = canvas.horizon + 0.02 + near * (1 - canvas.horizon) * 0.74;
    const pace = (1.6 - near * 0.7) * aspect;
    const seed = scene.seed + index * 613;
    const shift = dice() * 9;
    const crest = (u: number): number => 0.5 + 0.5 * Math.sin((u * pace + shift) * 3.1 + 1.9 * noise(u * pace + shift, 1, seed));
    const edge = edgeOf(canvas.width, (u) => base - (0.05 + 0.13 * near) * crest(u) - 0.03 * noise(u * pace * 3, 4, seed));
    return {
      edge,
      paint(x, y, below) {
        const bent = x + below * (0.9 - near * 0.3) * (light.sunX > 0.5 ? 1 : -1);
        const side = smooth(-0.25, 0.3, crest(bent + 0.012) - crest(bent) + 0.03);
        const ripple = Math.sin((y * 190 + x * 60 + 5 * noise(x * 12, y * 20, seed)) * (1.5 - near)) * 0.012 * near;
        const color = mix(shade, mix(sand, light.sun, 0.22), clamp(side * 0.9 + 0.06 + (noise(x * 60, y * 90, seed) - 0.5) * 0.06));
        return mix(lighten(color, ripple), light.haze, clamp((1 - near) * 0.6 + (scene.fog ? 0.2 : 0)));
      },
    };
  });
}

export function meadow(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  const dice = createDice(scene.seed ^ 0xaa);
  const [low, high] = greens[scene.season].map(fromHex) as [Color, Color];
  const flowers = scene.tint ? fromHex(scene.tint) : fromHex((["#e8d24a", "#d86a8c", "#f2efe6", "#8a6ad0"] as const)[Math.floor(dice() * 4)]!);
  const aspect = canvas.width / canvas.height;
  const count = 6;
  return Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1);
    const base = canvas.horizon + 0.01 + near * (1 - canvas.horizon) * 0.66;
    const pace = (1.3 - near * 0.4) * aspect;
    const seed = scene.seed + index * 431;
    const trees = index === 1 || index === 2;
    const edge = edgeOf(canvas.width, (u) => {
      const hill = base - (0.03 + 0.07 * near) * noise(u * pace + index * 3, 2, seed);
      return trees ? hill - 0.022 * smooth(0.5, 0.72, fbm(u * 9 * aspect, 3, seed + 8, 3)) * (0.6 + 0.8 * noise(u * 140 * aspect, 1, seed)) : hill;
    });
    return {
      edge,
      paint(x, y, below) {
        const patch = fbm(x * 7 * aspect, y * 16, seed + 2, 3);
        const blade = noise(x * 420 * aspect * (1.1 - near * 0.6), y * 90, seed + 3);
        let color = mix(low, high, clamp(patch * 1.3 - 0.2 + (blade - 0.5) * 0.5 * near));
        color = mix(color, light.sun, 0.16 * (light.dark ? 0.2 : 1) * smooth(0.09, 0, below));
        color = mix(color, light.shade, light.dark ? 0.72 : 0.22 + 0.3 * near * smooth(0, 0.35, below));
        if (trees && below < 0.02) color = mix(color, light.shade, 0.5);
        if (near > 0.3 && scene.season !== "winter") {
          const grid = 150 * (1.25 - near);
          const cellX = Math.floor(x * grid * aspect);
          const cellY = Math.floor(y * grid * 1.7);
          if (hash(cellX, cellY, seed) < 0.2 * smooth(0.4, 0.7, patch)) {
            const dx = x * grid * aspect - cellX - 0.5;
            const dy = y * grid * 1.7 - cellY - 0.5;
            color = mix(color, light.dark ? mix(flowers, light.shade, 0.6) : flowers, smooth(0.2, 0.08, dx * dx + dy * dy) * 0.9);
          }
        }
        return mix(color, light.haze, clamp((1 - near) * 0.62 + (scene.fog ? 0.25 * (1 - near * 0.6) : 0)));
      },
    };
  });
}

export function forest(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  const aspect = canvas.width / canvas.height;
  const count = 7;
  const [low, high] = greens[scene.season].map(fromHex) as [Color, Color];
  const conifers = scene.season === "winter" || hash(1, 1, scene.seed) < 0.6;
  return Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1);
    const base = canvas.horizon - 0.02 + near * (1.16 - canvas.horizon);
    const seed = scene.seed + index * 389;
    const perWidth = Math.max(5, Math.round((70 - 58 * near) * aspect));
    const tall = 0.07 + 0.4 * near ** 1.5;
    const edge = edgeOf(canvas.width, (u) => {
      const ground = base - 0.05 * (1 - near * 0.5) * noise(u * 2.6 * aspect, 5, seed);
      let top = ground;
      const cell = Math.floor(u * perWidth);
      for (let tree = cell - 1; tree <= cell + 1; tree += 1) {
        const size = tall * (0.5 + 0.75 * hash(tree, 1, seed));
        const away = Math.abs(u * perWidth - tree - 0.15 - 0.7 * hash(tree, 2, seed));
        top = Math.min(top, ground - treeHeight({ away: away / (conifers ? 0.62 : 0.85), size, conifer: conifers, u: u * perWidth, seed }));
      }
      return top;
    });
    return {
      edge,
      paint(x, y, below) {
        const leaf = fbm(x * 60 * aspect * (1.2 - near * 0.8), y * 60 * (1.2 - near * 0.8), seed + 4, 3);
        let color = mix(low, high, clamp(leaf * 1.6 - 0.4));
        color = mix(color, light.shade, clamp(0.35 + near * 0.5 + (light.dark ? 0.3 : 0) - (leaf - 0.5) * 0.6));
        const rim = smooth(0.03, 0, below) * (0.25 + 0.3 * (1 - Math.abs(x - light.sunX)));
        color = mix(color, scene.season === "winter" ? fromHex("#eef2f6") : light.sun, rim * (light.dark ? 0.2 : 0.6) * (scene.season === "winter" ? 1 : 0.6));
        const mist = (1 - near) ** 1.2 * 0.82 + smooth(0, 0.3, below) * 0.3 * (1 - near) + (scene.fog ? 0.22 * (1 - near * 0.5) : 0);
        return mix(color, light.haze, clamp(mist));
      },
    };
  });
}

function treeHeight({ away, size, conifer, u, seed }: { away: number; size: number; conifer: boolean; u: number; seed: number }): number {
  if (away >= 1) return 0;
  if (!conifer) return size * 0.62 * Math.sqrt(1 - away * away) * (0.85 + 0.3 * noise(u * 9, 3, seed));
  // Branches: the outline of a fir steps outwards as it goes down.
  const taper = 1 - away;
  const branches = 0.09 * Math.abs(((away * 7) % 1) - 0.5);
  return Math.max(0, size * (taper ** 1.25 - branches * taper + 0.03 * (noise(u * 30, 7, seed) - 0.5)));
}
