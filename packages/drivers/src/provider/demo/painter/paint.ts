import { paintAbstract } from "./abstract.ts";
import { airOf, paintAir } from "./air.ts";
import { paintCity, paintQuay } from "./city.ts";
import { desert } from "./desert.ts";
import { develop } from "./develop.ts";
import { paintForest } from "./forest.ts";
import { paintFraming } from "./framing.ts";
import { lightOf, type Light } from "./light.ts";
import { meadow, paintBlades, paintGrowth } from "./meadow.ts";
import { mountains } from "./mountains.ts";
import { createDice } from "./noise.ts";
import { readPrompt, type Scene } from "./read-prompt.ts";
import { paintBoat, paintFoam, paintLighthouse, sea } from "./sea.ts";
import { createSheet, type Sheet } from "./sheet.ts";
import { paintSky } from "./sky.ts";
import { paintSpace } from "./space.ts";
import { paintLand, WATER, type Land, type View } from "./terrain.ts";
import { paintWater } from "./water.ts";

export interface Painting {
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly style: string;
}

/** A painting before it is developed, and what a film needs to know of it. */
export interface Staged {
  readonly scene: Scene;
  readonly light: Light;
  readonly sheet: Sheet;
  /** The row of the horizon; null where there is none. */
  readonly horizon: number | null;
  /** `WATER` where there is water; null where there is none. */
  readonly water: Uint8Array | null;
  readonly bloom: number;
}

/** RGB, row by row. Calls `onShare` now and then with the share that is done; it may throw to give up. */
export function paint(painting: Painting, onShare: (share: number) => void): Uint8ClampedArray {
  const { sheet, scene, light, horizon, bloom } = stage(painting, onShare);
  if (horizon !== null) paintAir(sheet, scene, light, horizon);
  onShare(0.7);
  const pixels = develop(sheet, { bloom, seed: painting.seed }, (share) => onShare(0.7 + share * 0.3));
  onShare(1);
  return pixels;
}

/** Everything but what is in the air before it. */
export function stage({ prompt, seed, width, height, style }: Painting, onShare: (share: number) => void): Staged {
  const scene = readPrompt(prompt, seed, style);
  const light = lightOf(scene);
  const sheet = createSheet(width, height);
  onShare(0);
  const indoors = { scene, light, sheet, horizon: null, water: null };
  if (scene.subject === "abstract") {
    paintAbstract(sheet, scene);
    return { ...indoors, bloom: 0.1 };
  }
  if (scene.subject === "space") {
    paintSpace(sheet, scene);
    return { ...indoors, bloom: 1 };
  }
  return { scene, light, sheet, bloom: light.dark ? 1.2 : light.low ? 0.5 : 0.25, ...paintOutdoors({ sheet, scene, light, onShare }) };
}

interface Outdoors {
  readonly sheet: Sheet;
  readonly scene: Scene;
  readonly light: Light;
  readonly onShare: (share: number) => void;
}

// The horizon, as a share of the height, and how far it may stray.
const horizons: Readonly<Record<string, readonly [number, number]>> = {
  sea: [0.5, 0.16],
  mountains: [0.54, 0.08],
  city: [0.66, 0.08],
  forest: [0.42, 0.08],
  desert: [0.46, 0.1],
  meadow: [0.42, 0.1],
};

function paintOutdoors({ sheet, scene, light, onShare }: Outdoors): Pick<Staged, "horizon" | "water"> {
  const dice = createDice(scene.seed ^ 0x1234);
  const { width, height, unit } = sheet;
  const [share, stray] = horizons[scene.subject]!;
  const horizon = Math.round(height * (share + (dice() - 0.5) * stray));
  const view: View = { horizon, focal: unit * 1.1, eye: 0.36 };
  paintSky(sheet, scene, light, horizon);
  onShare(0.25);
  const air = airOf(sheet, light, horizon);
  if (scene.subject === "city" || scene.subject === "forest") {
    const flood = Math.round(scene.subject === "city" ? horizon + unit * 0.02 : height * 0.76);
    const wet = scene.subject === "city" ? scene.water !== null || scene.rain || dice() < 0.75 : scene.water !== null;
    if (scene.subject === "city") paintCity(sheet, scene, light, { base: wet ? flood : height * 0.94, air });
    else paintForest(sheet, scene, light, { horizon, air });
    onShare(0.5);
    if (!wet) return { horizon, water: null };
    if (scene.subject === "city") paintQuay(sheet, light, { base: flood, air });
    const water = new Uint8Array(width * height).fill(WATER, flood * width);
    paintWater(sheet, { ...scene, water: scene.water ?? "river" }, light, { view: { ...view, horizon: flood - unit * 0.012 }, water });
    return { horizon, water };
  }
  const water = paintOpen({ sheet, scene, light, onShare }, view, air);
  onShare(0.6);
  return { horizon, water };
}

function paintOpen({ sheet, scene, light, onShare }: Outdoors, view: View, air: Land["air"]): Uint8Array {
  const { unit } = sheet;
  const coast = scene.subject === "sea" ? sea(scene, light) : null;
  const reach = Math.min(1.25, Math.max(0.7, view.horizon / unit / 0.5));
  const bare =
    coast ?? (scene.subject === "desert" ? desert(scene, light) : scene.subject === "meadow" ? meadow(scene, light) : mountains(scene, light, reach));
  const land: Land = { ...bare, air };
  const water = paintLand(sheet, view, land);
  onShare(0.45);
  if (coast && scene.lighthouse) {
    const { x, z } = coast.headland;
    const high = Math.max(land.height(x, z), 0);
    paintLighthouse(sheet, light, { view, at: { x, z, high, away: land.haze(z, high), air: air(0) } });
  }
  if (water.includes(WATER)) paintWater(sheet, coast ? { ...scene, water: scene.water === "lake" ? "lake" : "sea" } : scene, light, { view, water });
  if (coast) paintFoam(sheet, scene, light, { view, water, land });
  if (coast && scene.boat) paintBoat(sheet, scene, light, view);
  if (scene.subject === "meadow") paintGrowth(sheet, scene, light, { view, land, water });
  if (scene.subject !== "mountains") return water;
  if (scene.season !== "winter") paintBlades(sheet, scene, light, { view, land, water, many: 0.5 });
  paintFraming(sheet, scene, light, air);
  return water;
}
