import { mix, type Color } from "./color.ts";
import { dot, line, type Sheet } from "./sheet.ts";

/** Where a tree stands and how tall it is, in pixels. */
export interface Stand {
  readonly x: number;
  readonly base: number;
  readonly tall: number;
}

export interface Look {
  readonly dark: Color;
  readonly pale: Color;
  readonly trunk: Color;
  /** What lies on the branches. */
  readonly snow: Color | null;
  /** From which side the light comes: -1 or 1. */
  readonly side: number;
}

export function conifer(sheet: Sheet, { x, base, tall }: Stand, look: Look, dice: () => number): void {
  const tiers = Math.round(Math.min(46, Math.max(8, tall / 6)));
  const slim = 0.15 + dice() * 0.07;
  const lean = (dice() - 0.5) * 0.02 * tall;
  line(sheet, { x0: x, y0: base, x1: x + lean, y1: base - tall, w0: tall * 0.022, w1: 1 }, look.trunk, 1);
  for (let tier = 0; tier < tiers; tier += 1) {
    const t = (tier + 0.3) / tiers;
    const y = base - tall * (1 - t * 0.93);
    const centre = x + lean * (1 - t);
    for (const side of [-1, 1]) {
      const reach = tall * slim * t ** 0.85 * (0.65 + 0.55 * dice());
      const tone = mix(look.dark, look.pale, (side === look.side ? 0.5 : 0.08) + 0.32 * dice());
      const branch = {
        x0: centre - side * tall * 0.008,
        y0: y,
        x1: centre + side * reach,
        y1: y + reach * (0.32 + 0.2 * dice()),
        w0: (tall / tiers) * (1.5 + 0.6 * t),
        w1: tall * 0.006,
      };
      line(sheet, branch, tone, 1);
      if (look.snow && dice() < 0.8)
        line(
          sheet,
          { ...branch, y0: y - branch.w0 * 0.3, y1: branch.y1 - branch.w0 * 0.2, w0: branch.w0 * 0.55, w1: branch.w1 },
          look.snow,
          side === look.side ? 0.95 : 0.7,
        );
    }
  }
}

/** A crown of leaves on a forked trunk; those in the light are painted last. */
export function broadleaf(sheet: Sheet, { x, base, tall }: Stand, look: Look, dice: () => number): void {
  const wide = tall * (0.3 + dice() * 0.12);
  const middle = base - tall * 0.62;
  line(sheet, { x0: x, y0: base, x1: x, y1: middle, w0: tall * 0.05, w1: tall * 0.025 }, look.trunk, 1);
  for (let branch = 0; branch < 5; branch += 1) {
    const side = dice() * 2 - 1;
    line(
      sheet,
      { x0: x, y0: base - tall * (0.25 + dice() * 0.25), x1: x + side * wide * 0.8, y1: middle - dice() * tall * 0.2, w0: tall * 0.022, w1: tall * 0.005 },
      look.trunk,
      1,
    );
  }
  // Leaves of a tall tree are many and small.
  const fine = Math.min(1, 150 / tall) ** 0.45;
  const leaves = Math.round(Math.min(1500, Math.max(70, tall * (tall > 160 ? 3.4 : 1.6))));
  const bunches = Array.from({ length: 7 }, () => ({ x: (dice() * 2 - 1) * 0.62, y: (dice() * 2 - 1) * 0.62, r: 0.34 + dice() * 0.22 }));
  for (let leaf = 0; leaf < leaves; leaf += 1) {
    const done = leaf / leaves;
    const bunch = bunches[leaf % bunches.length]!;
    const angle = dice() * Math.PI * 2;
    const out = Math.sqrt(dice()) * bunch.r;
    const shift = (done - 0.45) * 0.16;
    const [dx, dy] = [bunch.x + Math.cos(angle) * out + shift * look.side, bunch.y + Math.sin(angle) * out - shift];
    const share = 0.12 + 0.5 * done + 0.22 * (dx * look.side - dy - (bunch.x * look.side - bunch.y) * 0.6) + (dice() - 0.5) * 0.26;
    const tone = mix(look.dark, look.pale, Math.min(1, Math.max(0, share)));
    dot(
      sheet,
      { x: x + dx * wide, y: middle + dy * tall * 0.36, r: tall * fine * (0.02 + 0.03 * dice()) * (1.35 - 0.75 * done), flat: 0.75 },
      look.snow && done > 0.55 ? mix(tone, look.snow, 0.7) : tone,
      0.95,
    );
  }
}
