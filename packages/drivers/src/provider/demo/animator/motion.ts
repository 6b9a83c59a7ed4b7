/** What moves in a scene besides the camera, as fields over the frame. */
import { fbm, noise, smooth } from "../painter/noise.ts";
import type { Layers } from "./layers.ts";
import { createGrid, type Grid } from "./grid.ts";

export interface Motion {
  /** By how many pixels what sways is moved. */
  readonly swayX: Grid;
  readonly swayY: Grid;
  /** By how many pixels water is moved. */
  readonly waveX: Grid;
  readonly waveY: Grid;
  /** What light falls on land and water: 1 is as painted. */
  readonly light: Grid;
  /** 0 to 1; null where there is none. */
  readonly fog: Grid | null;
  /** `seconds` from the beginning. */
  update(seconds: number): void;
}

interface Ground {
  readonly layers: Layers;
  readonly across: number;
  readonly down: number;
  /** A given picture moves less, and not at all in its first frame. */
  readonly given: boolean;
}

export function createMotion({ layers, across, down, given }: Ground): Motion {
  const unit = Math.sqrt(across * down);
  const { scene, light: sun, horizon, still } = layers;
  const level = horizon === null ? down / 2 : (horizon / still.height) * down;
  const grid = (): Grid => createGrid(across, down);
  const fields = { swayX: grid(), swayY: grid(), waveX: grid(), waveY: grid(), light: grid(), fog: scene.fog && horizon !== null ? grid() : null };
  const has = (kind: number): boolean => layers.kinds.includes(kind);
  const [wet, swaying] = [has(1), has(2)];
  const bent =
    horizon === null
      ? drift({ unit, seed: scene.seed, power: given ? 0.006 : scene.subject === "space" ? 0.012 : 0.075 })
      : wind({ unit, level, down, seed: scene.seed });
  const shade = shadows({ unit, level, down, seed: scene.seed, power: horizon === null ? 0.05 : sun.dark ? 0.04 : sun.clear < 0.5 ? 0.08 : 0.16 });
  return {
    ...fields,
    update(seconds) {
      if (swaying) {
        fields.swayX.fill(bent(seconds, 0));
        fields.swayY.fill(bent(seconds, 1));
      }
      if (wet) {
        const waves = swell({ unit, level, down, seed: scene.seed, rough: scene.stormy ? 2 : 1 });
        fields.waveX.fill(waves(seconds, 0));
        fields.waveY.fill(waves(seconds, 1));
      }
      fields.light.fill((x, y) => shade(x, y, seconds));
      fields.fog?.fill((x, y) => {
        const bank = fbm((x / unit) * 2 - seconds * 0.05, (y / unit) * 6 + seconds * 0.01, scene.seed + 61, 4);
        return Math.min(0.82, (0.14 + 0.72 * smooth(0.34, 0.7, bank)) * Math.exp(-(((y - level * 1.06) / unit / 0.2) ** 2)));
      });
    },
  };
}

/** `part`: 0 is across, 1 is down. */
type Field = (seconds: number, part: number) => (x: number, y: number) => number;

/** A slow flow that changes shape as it goes; nothing at the beginning. */
function drift({ unit, seed, power }: { unit: number; seed: number; power: number }): Field {
  const at: Field = (seconds, part) => (x, y) =>
    fbm((x / unit) * 1.7 + seconds * 0.09 + part * 19, (y / unit) * 1.7 - seconds * 0.06, seed + 11 + part, 2) +
    fbm((x / unit) * 2.3 - seconds * 0.07, (y / unit) * 2.3 + seconds * 0.1 + part * 23, seed + 31 + part, 2);
  return (seconds, part) => {
    const [now, before] = [at(seconds, part), at(0, part)];
    return (x, y) => (now(x, y) - before(x, y)) * power * unit * 2.2;
  };
}

/** Gusts run over what grows; what is near bends further. */
function wind({ unit, level, down, seed }: { unit: number; level: number; down: number; seed: number }): Field {
  return (seconds, part) => (x, y) => {
    const near = 0.18 + 0.82 * Math.max(0, Math.min(1, (y - level) / (down - level)));
    const gust = 0.35 + 0.65 * noise((x / unit) * 1.6 - seconds * 0.55, (y / unit) * 1.2, seed + 5);
    const bend = Math.sin(seconds * 2.3 + (x / unit) * 7 + noise((x / unit) * 9, (y / unit) * 9, seed + 6) * 5) * gust;
    return bend * near * unit * (part === 0 ? 0.0042 : 0.0014);
  };
}

/** Waves that come nearer, smaller towards the horizon. */
function swell({ unit, level, down, seed, rough }: { unit: number; level: number; down: number; seed: number; rough: number }): Field {
  return (seconds, part) => (x, y) => {
    const near = Math.max(0.02, (y - level) / (down - level));
    const far = 1 / (near + 0.08);
    const [px, pz] = [(x / unit - 0.5) * far * 2.2, far * 3.2];
    const first = noise(px * 1.4 + seconds * 0.22, pz * 1.6 + seconds * 0.75, seed + 41) - 0.5;
    const second = noise(px * 2.6 - seconds * 0.3 + part * 7, pz * 3.1 + seconds * 1.25, seed + 43) - 0.5;
    return (first + second * 0.6) * unit * (0.003 + 0.016 * near) * rough * (part === 0 ? 1.2 : 0.8);
  };
}

/** Shadows of clouds that pass; from the beginning on the light only changes. */
function shadows({
  unit,
  level,
  down,
  seed,
  power,
}: {
  unit: number;
  level: number;
  down: number;
  seed: number;
  power: number;
}): (x: number, y: number, seconds: number) => number {
  const at = (x: number, y: number, seconds: number): number => {
    const near = Math.max(0.12, Math.abs(y - level) / (down - level));
    return smooth(0.25, 0.75, noise((x / unit - 0.5) * (0.9 / (near + 0.35)) + seconds * 0.17, 1.2 / (near + 0.3), seed + 87));
  };
  return (x, y, seconds) => 1 + (at(x, y, seconds) - at(x, y, 0)) * power * 2;
}
