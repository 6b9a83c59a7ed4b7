import { fromHex, lighten, mix, type Color } from "./color.ts";
import type { Light } from "./light.ts";
import { clamp, createDice, fbm, noise, smooth } from "./noise.ts";
import { greens } from "./mountains.ts";
import type { Scene } from "./read-prompt.ts";
import { blend, coarse, dot, line, shine, type Sheet } from "./sheet.ts";
import { broadleaf, conifer, type Look } from "./trees.ts";

export function leavesOf(scene: Scene): readonly Color[] {
  const named = scene.palette.map(fromHex);
  if (named.length > 0) return named;
  if (scene.blossom) return ["#f2b4c8", "#f8d4dc", "#e890ac"].map(fromHex);
  return {
    spring: ["#8ab84a", "#a8c85c", "#6a9c48"],
    summer: ["#4a8038", "#6a9440", "#386c38"],
    autumn: ["#d8782a", "#e4a83a", "#b8441f", "#c8902c"],
    winter: ["#6e7c84", "#8a949a"],
  }[scene.season].map(fromHex);
}

/** A look for one tree: `away` is how much of the air is in front of it. */
export function lookOf(scene: Scene, light: Light, leaf: Color, { air, away }: { air: Color; away: number }): Look {
  const seen = (color: Color, share: number): Color => mix(light.lit(color, share), air, away);
  const snowy = scene.season === "winter";
  return {
    dark: seen(lighten(leaf, -0.12), 0.08),
    pale: seen(lighten(leaf, 0.05), 1),
    trunk: seen(fromHex(snowy ? "#5a5048" : "#4a3a2c"), 0.25),
    snow: snowy ? seen(fromHex("#f0f4f8"), 0.8) : null,
    side: light.sunX < 0.5 ? -1 : 1,
  };
}

/** Rows of trees that go back into the mist, or the inside of a wood. */
export function paintForest(sheet: Sheet, scene: Scene, light: Light, { horizon, air }: { horizon: number; air: (column: number) => Color }): void {
  const dice = createDice(scene.seed ^ 0xf0e5);
  const inside = dice() < (scene.aurora || scene.water || scene.blossom || light.dark ? 0 : scene.season === "winter" ? 0.3 : 0.5);
  if (inside) return paintWood(sheet, scene, light, dice);
  const { width, height, unit } = sheet;
  const conifers = scene.season === "winter" || (!scene.blossom && scene.season !== "autumn" && scene.palette.length === 0) || dice() < 0.15;
  const leaves = conifers ? ["#2f5a3a", "#3a6640", "#28503c"].map(fromHex) : leavesOf(scene);
  const rows = 8;
  for (let index = 0; index < rows; index += 1) {
    const near = index / (rows - 1);
    const base = horizon * 0.94 + near ** 1.5 * (height * 1.03 - horizon * 0.94);
    const tall = (0.06 + 0.5 * near ** 1.7) * unit;
    const seed = scene.seed + index * 389;
    const hill = (x: number): number => base - (0.1 - near * 0.06) * unit * noise((x / unit) * (2.2 - near), 5, seed);
    const away = clamp((1 - near) ** 1.25 * (scene.fog ? 0.94 : 0.8) + (scene.fog ? 0.08 : 0));
    paintFloor(sheet, { scene, light, hill, away, air, near, seed });
    const gap = tall * (conifers ? 0.2 : 0.36);
    for (let x = -gap * dice(); x < width + gap; x += gap * (0.5 + dice())) {
      // The nearest row leaves the middle open to look through.
      if (near > 0.7 && Math.abs(x / width - 0.5 + (light.sunX - 0.5) * -0.5) < 0.3 * near) continue;
      if (noise((x / unit) * 3, 2, seed) < 0.3) continue;
      const leaf = leaves[Math.floor(dice() * leaves.length)]!;
      const look = lookOf(scene, light, leaf, { air: air(Math.max(0, Math.min(width - 1, Math.round(x)))), away });
      const stand = { x, base: hill(x) + tall * 0.03, tall: tall * (0.55 + 0.6 * dice()) * (conifers ? 1 : 0.85) };
      (conifers ? conifer : broadleaf)(sheet, stand, look, dice);
    }
  }
}

interface Floor {
  readonly scene: Scene;
  readonly light: Light;
  readonly hill: (x: number) => number;
  readonly away: number;
  readonly air: (column: number) => Color;
  readonly near: number;
  readonly seed: number;
}

function paintFloor(sheet: Sheet, { scene, light, hill, away, air, near, seed }: Floor): void {
  const { width, height, unit } = sheet;
  const [low, middle, high] = greens[scene.season].map(fromHex) as [Color, Color, Color];
  const [dim, pale] = scene.season === "winter" ? [light.lit(middle, 0.4), light.lit(high, 0.95)] : [light.lit(low, 0.2), light.lit(middle, 0.75)];
  const deep = unit * 0.3;
  for (let column = 0; column < width; column += 1) {
    const top = hill(column);
    const haze = air(column);
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, top + deep); row += 1) {
      const grain = fbm((column / unit) * 46, (row / unit) * 120 * (1.3 - near * 0.6), seed, 3);
      const color = mix(
        mix(dim, pale, clamp(0.3 + smooth(0.1, 0, (row - top) / unit) * 0.3 + (grain - 0.5) * (scene.season === "winter" ? 0.5 : 0.9))),
        haze,
        away,
      );
      blend(sheet, row * width + column, color, Math.min(1, row + 1 - top));
    }
  }
}

function paintWood(sheet: Sheet, scene: Scene, light: Light, dice: () => number): void {
  const { width, height, unit } = sheet;
  const birch = dice() < 0.45;
  const leaves = leavesOf(scene);
  const sun = { x: light.sunX * width, y: height * (0.16 + dice() * 0.2) };
  const back = mix(mix(light.horizon, light.sun, 0.5), mix(leaves[0]!, light.sun, 0.5), 0.35);
  const dim = mix(light.lit(leaves[leaves.length - 1]!, 0.3), light.shade, 0.35);
  const ground = height * (0.7 + dice() * 0.06);
  const leafy = coarse(sheet, 4, (x, y) => fbm((x / unit) * 6, (y / unit) * 6, scene.seed + 2, 5));
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const far = Math.hypot(column - sun.x, (row - sun.y) * 0.8) / unit;
      const tone = mix(mix(back, dim, clamp(far * 1.05 + (leafy(column, row) - 0.5) * 1.1)), light.sun, Math.exp(-far * 5) * 0.8);
      blend(sheet, row * width + column, tone, 1);
    }
  const rows = 6;
  for (let index = 0; index < rows; index += 1) {
    const near = index / (rows - 1);
    const away = (1 - near) ** 1.1 * 0.86;
    const base = ground + near ** 1.6 * (height * 1.02 - ground);
    paintFloor(sheet, {
      scene,
      light,
      hill: (x) => base - unit * 0.05 * noise((x / unit) * 2.4, 3, scene.seed + index),
      away: away * 0.85,
      air: () => back,
      near,
      seed: scene.seed + index,
    });
    paintTrunks(sheet, { scene, light, dice, near, base, away, back, birch });
    paintCanopy(sheet, scene, { light, dice, near, away, back }, leaves);
    paintLeaves(sheet, { light, dice, near, away, back, leaves, ground: base });
  }
  paintRays(sheet, scene, light, sun);
}

interface Row {
  readonly light: Light;
  readonly dice: () => number;
  readonly near: number;
  readonly away: number;
  readonly back: Color;
}

function paintTrunks(sheet: Sheet, { scene, light, dice, near, base, away, back, birch }: Row & { scene: Scene; base: number; birch: boolean }): void {
  const { width, unit } = sheet;
  const bark = fromHex(birch ? "#d8d4c8" : "#5a4636");
  const side = light.sunX < 0.5 ? -1 : 1;
  const gap = unit * (0.05 + 0.24 * near);
  for (let x = gap * dice(); x < width; x += gap * (0.5 + dice() * 1.3)) {
    if (near > 0.7 && Math.abs(x / width - 0.5) < 0.2) continue;
    const wide = unit * (0.006 + 0.05 * near ** 1.6) * (0.6 + dice() * 0.7);
    const lean = (dice() - 0.5) * unit * 0.1;
    const foot = base - unit * 0.05 * noise((x / unit) * 2.4, 3, scene.seed) + unit * 0.02 * near;
    const tone = (share: number): Color => mix(light.lit(bark, share), back, away);
    line(sheet, { x0: x, y0: foot, x1: x + lean, y1: -unit * 0.1, w0: wide, w1: wide * 0.55 }, tone(0.12), 1);
    line(sheet, { x0: x + side * wide * 0.3, y0: foot, x1: x + lean + side * wide * 0.18, y1: -unit * 0.1, w0: wide * 0.3, w1: wide * 0.16 }, tone(0.95), 0.75);
    for (let mark = 0; mark < 26 * near; mark += 1) {
      const t = dice();
      const [mx, my] = [x + lean * t + (dice() - 0.5) * wide * 0.6, foot * (1 - t)];
      if (birch) dot(sheet, { x: mx, y: my, r: wide * (0.1 + 0.2 * dice()), flat: 0.3 }, tone(0), 0.7);
      else line(sheet, { x0: mx, y0: my, x1: mx + 1, y1: my + wide * 2.5, w0: wide * 0.06, w1: 0.4 }, tone(0), 0.5);
    }
  }
}

/** The mass of leaves over our heads, ragged below. */
function paintCanopy(sheet: Sheet, { seed }: Scene, { light, near, away, back }: Row, leaves: readonly Color[]): void {
  const { width, height, unit } = sheet;
  const own = seed + Math.round(near * 50);
  const [dim, pale] = [0.1, 0.75].map((share, index) => mix(light.lit(leaves[index % leaves.length]!, share), back, away * 0.92)) as [Color, Color];
  const rate = 9 - near * 4;
  for (let row = 0; row < height * 0.5; row += 1)
    for (let column = 0; column < width; column += 1) {
      const edge = Math.abs(column / width - 0.5) * 2;
      const low = row / height / (0.13 + 0.3 * edge ** 1.5);
      if (low > 1.3) continue;
      const tuft = fbm((column / unit) * rate, (row / unit) * rate, own, 5);
      const cover = smooth(0.02, 0.07, tuft - 0.36 - low * 0.22);
      if (cover > 0) blend(sheet, row * width + column, mix(dim, pale, clamp((tuft - 0.4) * 3.2)), cover * 0.92);
    }
}

function paintLeaves(sheet: Sheet, { light, dice, near, away, back, leaves, ground }: Row & { leaves: readonly Color[]; ground: number }): void {
  const { width, height, unit } = sheet;
  for (let count = 0; count < (width / unit) * 900; count += 1) {
    const fallen = count % 3 === 0;
    const leaf = leaves[Math.floor(dice() * leaves.length)]!;
    const x = dice() * width;
    const edge = Math.abs(x / width - 0.5) * 2;
    const y = fallen ? ground + (dice() - 0.3) * unit * 0.06 : dice() ** 1.7 * height * (0.2 + 0.34 * edge ** 1.5);
    dot(sheet, { x, y, r: unit * (0.0022 + 0.006 * near * dice()), flat: fallen ? 0.45 : 0.8 }, mix(light.lit(leaf, dice()), back, away * 0.9), 0.9);
  }
}

/** Beams that come through the leaves. */
function paintRays(sheet: Sheet, { seed, fog }: Scene, light: Light, sun: { x: number; y: number }): void {
  const { width, height, unit } = sheet;
  const ray = coarse(sheet, 3, (x, y) => {
    const [dx, dy] = [(x - sun.x) / unit, (y - sun.y + unit * 0.5) / unit];
    const beam = smooth(0.5, 0.85, fbm((dx / Math.max(0.1, dy)) * 9, 1, seed + 8, 3));
    return beam * Math.exp(-Math.hypot(dx, dy - 0.5) * 1.9) * (fog ? 0.75 : 0.55);
  });
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const share = ray(column, row);
      if (share > 0.01) shine(sheet, row * width + column, light.sun, share);
    }
}
