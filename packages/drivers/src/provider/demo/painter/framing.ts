import { fromHex } from "./color.ts";
import { lookOf } from "./forest.ts";
import type { Light } from "./light.ts";
import { createDice } from "./noise.ts";
import type { Scene } from "./read-prompt.ts";
import type { Sheet } from "./sheet.ts";
import type { Land } from "./terrain.ts";
import { conifer } from "./trees.ts";

/** A few firs close to us at one side: they give the distance its measure. */
export function paintFraming(sheet: Sheet, scene: Scene, light: Light, air: Land["air"]): void {
  const dice = createDice(scene.seed ^ 0xf4a3);
  if (dice() < 0.3) return;
  const { width, height, unit } = sheet;
  // The weight goes to the side away from the sun.
  const side = light.sunX < 0.5 ? 1 : 0;
  const count = 3 + Math.floor(dice() * 5);
  const firs = Array.from({ length: count }, (_, index) => {
    const near = (index + 0.5) / count;
    const from = 0.34 * (1 - near) * dice();
    return { near, x: width * Math.abs(side - from) + (dice() - 0.5) * unit * 0.08 };
  });
  for (const { near, x } of firs) {
    const look = lookOf(scene, light, fromHex("#2a4a32"), { air: air(Math.max(0, Math.min(width - 1, Math.round(x)))), away: 0.12 * (1 - near) });
    conifer(sheet, { x, base: height * (0.9 + 0.16 * near), tall: unit * (0.16 + 0.42 * near) * (0.8 + 0.4 * dice()) }, look, dice);
  }
}
