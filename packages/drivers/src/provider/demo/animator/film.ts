/** A film of a scene: a painting taken apart, or a picture that was given, and a camera that moves before it. */
import sharp from "sharp";
import { lightOf } from "../painter/light.ts";
import { readPrompt } from "../painter/read-prompt.ts";
import { createCamera } from "./camera.ts";
import { compose, type Frame } from "./compose.ts";
import { createEncoder, FRAMES_PER_SECOND } from "./encode.ts";
import { colorOf, paintLayers, SWAYING, type Layers } from "./layers.ts";
import { createMotion } from "./motion.ts";
import { createParticles } from "./particles.ts";

export interface Film {
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly style: string;
  readonly seconds: number;
  /** A PNG, JPEG or WebP that the film begins with; null: it is painted. */
  readonly start: Uint8Array | null;
}

/** What was given cannot be used; no other try can do better. */
export class GivenUnusable extends Error {
  override name = "GivenUnusable";
}

const PIXELS_MAX = 50_000_000;
// Painted larger than it is shown, so that the camera can come nearer and nothing gets soft.
const LARGER = 1.15;
const PAINTING_SHARE = 0.12;

export async function film(order: Film, onShare: (share: number) => void): Promise<Uint8Array> {
  const { width, height, seconds, start } = order;
  const layers = start ? await layersOf(start, order) : paintLayers(enlarged(order), (share) => onShare(share * PAINTING_SHARE));
  const { still, horizon, scene } = layers;
  const given = start !== null;
  const zoom = given ? 0.09 : scene.subject === "abstract" ? 0.07 : 0.12;
  // Nothing is known of a picture that was given; mostly what is lower is nearer.
  const middle = given ? height * 0.44 : horizon;
  const upright = !given && (scene.subject === "forest" || scene.subject === "city");
  const camera = createCamera({ width: still.width, height: still.height, across: width, down: height, horizon: middle, upright, zoom, seed: scene.seed });
  const motion = createMotion({ layers, across: width, down: height, given });
  const draws = createParticles({ layers, camera, unit: Math.sqrt(width * height), width, height, given });
  const encoder = await createEncoder({ width, height });
  try {
    const frame: Frame = { width, height, pixels: new Uint8ClampedArray(width * height * 3) };
    const count = Math.round(seconds * FRAMES_PER_SECOND);
    for (let index = 0; index < count; index += 1) {
      const moment = { seconds: index / FRAMES_PER_SECOND, gone: index / (count - 1) };
      motion.update(moment.seconds);
      compose(frame, { layers, camera, motion }, moment);
      for (const draw of draws) draw(frame, moment);
      encoder.add(frame);
      onShare(PAINTING_SHARE + (1 - PAINTING_SHARE) * ((index + 1) / count) * 0.98);
    }
    return await encoder.finish();
  } finally {
    encoder.end();
  }
}

const even = (value: number): number => 2 * Math.round(value / 2);

function enlarged({ width, height, ...rest }: Film): Film {
  return { ...rest, width: even(width * LARGER), height: even(height * LARGER) };
}

/** The picture fills the film and is cut where its shape is another. */
async function layersOf(bytes: Uint8Array, { prompt, seed, style, width, height }: Film): Promise<Layers> {
  const scene = readPrompt(prompt, seed, style);
  const light = lightOf(scene);
  const pixels = await decode(bytes, width, height);
  const kinds = new Uint8Array(width * height).fill(SWAYING);
  const still = { width, height, pixels: new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength) };
  return { still, kinds, sky: null, horizon: null, haze: colorOf(light.haze), scene, light };
}

async function decode(bytes: Uint8Array, width: number, height: number): Promise<Buffer> {
  const input = sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: "truncated", pages: 1 });
  const seen = input.autoOrient().toColourspace("srgb").resize(width, height, { fit: "cover" }).flatten({ background: "#000000" }).removeAlpha();
  return seen
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw new GivenUnusable("The start frame cannot be read as a picture.", { cause });
    });
}
