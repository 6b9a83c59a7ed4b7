import { city } from "./city.ts";
import { fromHex, mix, write, type Color } from "./color.ts";
import { abstraction, space, type Field } from "./free.ts";
import { dunes, forest, meadow, mountains, type Canvas, type Layer } from "./land.ts";
import { lightOf, type Light } from "./light.ts";
import { clamp, createDice, hash, smooth } from "./noise.ts";
import { readPrompt, type Scene } from "./read-prompt.ts";
import { createSky, type Sky } from "./sky.ts";
import { createWater } from "./water.ts";

export interface Painting {
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly style: string;
}

/** RGB, row by row. Calls `onRow` now and then with the share that is done; it may throw to give up. */
export function paint({ prompt, seed, width, height, style }: Painting, onRow: (share: number) => void): Uint8ClampedArray {
  const scene = readPrompt(prompt, seed, style);
  const colorAt = scene.subject === "abstract" || scene.subject === "space" ? fieldPicture(scene, width, height) : landscape(scene, width, height);
  const pixels = new Uint8ClampedArray(width * height * 3);
  const step = Math.max(1, Math.floor(height / 20));
  for (let row = 0; row < height; row += 1) {
    if (row % step === 0) onRow(row / height);
    for (let column = 0; column < width; column += 1) {
      const grain = hash(column, row, seed ^ 0x9d) - 0.5;
      write(pixels, (row * width + column) * 3, finish(colorAt(column, row), { x: column / width - 0.5, y: row / height - 0.5, grain }), grain);
    }
  }
  onRow(1);
  return pixels;
}

/** A little grain and a little darkness at the corners: what makes it look taken rather than computed. */
function finish(color: Color, { x, y, grain }: { x: number; y: number; grain: number }): Color {
  const corner = smooth(0.16, 0.62, x * x + y * y);
  return [color[0] * (1 - corner * 0.2) + grain * 0.012, color[1] * 1.05, color[2] * 1.05];
}

function fieldPicture(scene: Scene, width: number, height: number): (column: number, row: number) => Color {
  const aspect = width / height;
  const field: Field = scene.subject === "space" ? space(scene, aspect) : abstraction(scene);
  return (column, row) => field((column / width) * aspect, row / height);
}

const builders: Readonly<Record<string, (scene: Scene, light: Light, canvas: Canvas) => Layer[]>> = { mountains, city, forest, desert: dunes, meadow };

function landscape(scene: Scene, width: number, height: number): (column: number, row: number) => Color {
  const dice = createDice(scene.seed ^ 0x1234);
  const light = lightOf(scene);
  const horizon =
    { sea: 0.46 + dice() * 0.14, mountains: 0.52, city: 0.6, forest: 0.44, desert: 0.5, meadow: 0.46 }[scene.subject as "sea"] + (dice() - 0.5) * 0.08;
  const canvas: Canvas = { width, height, horizon };
  const sky = createSky(scene, light, width / (height * horizon));
  const layers = scene.subject === "sea" ? islands(scene, light, canvas) : builders[scene.subject]!(scene, light, canvas);
  const lake = scene.subject === "mountains" && dice() < 0.45;
  const ground = scene.subject === "sea" || lake ? createWater(scene, light, { sky, aspect: width / height }) : null;
  const surface = lake ? 0.8 : horizon;
  const near = lake ? layers.slice(0, 4) : layers;
  const inAir = createAir(scene, light);

  return (column, row) => {
    const x = column / width;
    const y = row / height;
    if (ground && y >= surface) {
      const depth = (y - surface) / (1 - surface);
      let color = ground(x, depth);
      if (near.length > 0) color = mirror({ color, x, y, surface, near, column, width, height, sky, horizon });
      return inAir(mix(color, light.haze, Math.exp(-depth * 26) * 0.55), x, y);
    }
    return inAir(over(sky(x, Math.min(1, y / horizon)), { layers: near, column, row, x, y, height }), x, y);
  };
}

interface Spot {
  readonly layers: readonly Layer[];
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** The nearest layer that covers the point hides the others; edges are softened over one pixel. */
function over(behind: Color, { layers, column, x, y, height }: Spot): Color {
  let first = layers.length - 1;
  while (first > 0 && (y - layers[first]!.edge[column]!) * height < 1) first -= 1;
  let color = behind;
  for (let index = Math.max(0, first); index < layers.length; index += 1) {
    const { edge, paint: painted } = layers[index]!;
    const below = y - edge[column]!;
    const cover = clamp(below * height + 0.5);
    if (cover > 0) color = mix(color, painted(x, y, below), cover);
  }
  return color;
}

interface Mirror {
  readonly color: Color;
  readonly x: number;
  readonly y: number;
  readonly surface: number;
  readonly near: readonly Layer[];
  readonly column: number;
  readonly width: number;
  readonly height: number;
  readonly sky: Sky;
  readonly horizon: number;
}

/** Land stands on its head in the water, trembling a little. */
function mirror({ color, x, y, surface, near, column, width, height }: Mirror): Color {
  const depth = y - surface;
  const tremble = (hash(0, Math.floor(y * height * 0.5), 5) - 0.5) * 0.012 * (1 + depth * 6);
  const at = Math.min(width - 1, Math.max(0, Math.round(column + tremble * width)));
  const up = surface - depth * 1.15;
  const land = over(color, { layers: near, column: at, row: 0, x, y: up, height });
  return mix(color, land, 0.62 * smooth(0.22, 0, depth));
}

function islands(scene: Scene, light: Light, canvas: Canvas): Layer[] {
  if (hash(4, 4, scene.seed) < 0.35) return [];
  const far = mountains(scene, light, { ...canvas, horizon: canvas.horizon + 0.045 });
  return far.slice(0, 2).map((layer) => ({
    edge: layer.edge.map((edge) => canvas.horizon + (edge - canvas.horizon) * 0.42 + 0.012),
    paint: (x: number, y: number, below: number) => mix(layer.paint(x, y, below * 2), light.haze, 0.35),
  }));
}

function createAir(scene: Scene, light: Light): (color: Color, x: number, y: number) => Color {
  const { seed } = scene;
  const drop = fromHex("#dfe6ee");
  const snowing = scene.season === "winter" && hash(8, 8, seed) < 0.6;
  return (color, x, y) => {
    let seen = color;
    if (scene.fog) seen = mix(seen, light.haze, 0.2 + 0.15 * smooth(0.2, 0.8, y));
    if (scene.rain) {
      const lane = Math.floor((x + y * 0.12) * 420);
      const fall = (y * 3 + hash(lane, 1, seed) * 7) % 1;
      if (hash(lane, 2, seed) < 0.3) seen = mix(seen, drop, smooth(0.75, 1, fall) * 0.22);
    }
    if (snowing) seen = flakes(seen, { x, y, seed });
    return seen;
  };
}

function flakes(color: Color, { x, y, seed }: { x: number; y: number; seed: number }): Color {
  let seen = color;
  for (const grid of [26, 55, 95]) {
    const cellX = Math.floor(x * grid);
    const cellY = Math.floor(y * grid);
    if (hash(cellX, cellY, seed + grid) > 0.26) continue;
    const dx = x * grid - cellX - 0.25 - 0.5 * hash(cellX, cellY, seed + 21);
    const dy = y * grid - cellY - 0.25 - 0.5 * hash(cellX, cellY, seed + 22);
    seen = mix(seen, [0.97, 0, 0], smooth(0.022, 0.004, dx * dx + dy * dy) * 0.75);
  }
  return seen;
}
