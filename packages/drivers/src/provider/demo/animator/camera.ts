/** How the camera moves: slowly, never back, and what is near goes faster than what is far. */
import { createDice, smooth } from "../painter/noise.ts";

export interface Framing {
  /** Of what is looked at. */
  readonly width: number;
  readonly height: number;
  /** Of what is made of it. */
  readonly across: number;
  readonly down: number;
  /** Rows above it are far, those below come nearer; null where nothing is nearer than the rest. */
  readonly horizon: number | null;
  /** What is seen stands upright, near and far, and must not lean. */
  readonly upright: boolean;
  /** 0 to 1: how much smaller what is seen is at the end. */
  readonly zoom: number;
  readonly seed: number;
}

/** Pixel `x` of a row looks at `x * scale + left` in row `y`. */
export interface Look {
  readonly scale: number;
  readonly left: number;
  readonly y: number;
}

export interface Camera {
  /** `gone` is 0 at the beginning and 1 at the end. */
  ground(row: number, gone: number): Look;
  sky(row: number, gone: number): Look;
}

const SKY_DEPTH = 0.12;
const FAR_DEPTH = 0.3;
const UPRIGHT_DEPTH = 0.75;

export function createCamera({ width, height, across, down, horizon, upright, zoom, seed }: Framing): Camera {
  const dice = createDice(seed ^ 0xca3e);
  const whole = { x: width / across, y: height / down };
  const way = (dice() < 0.5 ? -1 : 1) * (0.5 + 0.3 * dice());
  const middle = horizon ?? height * (0.42 + 0.16 * dice());
  const level = middle / whole.y;
  const look = (row: number, gone: number, depth: number): Look => {
    // Off slowly, and still on its way at the end.
    const moved = gone * (0.4 + 0.6 * smooth(0, 0.7, gone)) * zoom * depth;
    const scale = whole.x * (1 - moved);
    const room = (width * moved) / 2;
    return { scale, left: room + way * room, y: Math.max(0, Math.min(height - 1.001, middle + (row - level) * whole.y * (1 - moved))) };
  };
  const depthOf = (row: number): number => {
    if (horizon === null) return 1;
    if (upright) return UPRIGHT_DEPTH;
    const near = Math.max(0, (row - level) / (down - level));
    return FAR_DEPTH + (1 - FAR_DEPTH) * near;
  };
  return { ground: (row, gone) => look(row, gone, depthOf(row)), sky: (row, gone) => look(row, gone, horizon === null ? 1 : SKY_DEPTH) };
}
