import { availableParallelism } from "node:os";
import type { Job, Provider, Started } from "@cooly/engine/ports";
import { createPool, OrderUnusable, type Pool } from "./pool.ts";
import { findEngine, speak, type SpeechEngine } from "./speaker/engine.ts";
import { faultOf } from "./speaker/speech.ts";

export interface DemoOptions {
  readonly threads?: number;
  /** Where programs of this machine are looked for: a speech engine may be among them. */
  readonly path?: string | null;
}

/** Pictures, films and speech by rule, for trying things out: no model, no network, no bill. */
export function createDemoProvider({ threads, path = null }: DemoOptions = {}): Provider & { close(): Promise<void> } {
  const pool = createPool(threads ?? Math.max(1, availableParallelism() - 1));
  const engine = findEngine(path);
  const makers: Readonly<Record<string, Maker>> = { painter, animator, ...(engine && { speaker: speakerWith(engine) }) };
  return {
    id: "demo",
    resubmit: "free",
    async start(job, signal): Promise<Started> {
      const maker = Object.hasOwn(makers, job.upstreamId) ? makers[job.upstreamId] : undefined;
      if (!maker) return failed(`The demo provider has no ${job.upstreamId}.`);
      try {
        const body = await maker(job, pool, signal);
        return typeof body === "string" ? failed(body) : { kind: "delivered", result: { from: "bytes", body } };
      } catch (error) {
        if (error instanceof OrderUnusable) return failed(error.message);
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

const failed = (message: string): Started => ({ kind: "failed", class: "permanent", message });

/** Bytes, or a sentence that says why no try can make them. */
type Maker = (job: Job, pool: Pool, signal: AbortSignal) => Promise<Uint8Array | string>;

const sizeOf = (size: unknown): { width: number; height: number } => {
  const [width, height] = String(size).split("x").map(Number) as [number, number];
  return { width, height };
};

const painter: Maker = async (job, pool, signal) => {
  const { prompt, size, style, format } = job.input;
  await job.sending();
  const order = { kind: "picture", prompt: String(prompt), seed: job.seed, ...sizeOf(size), style: String(style ?? "auto") } as const;
  return pool.make({ ...order, format: format === "webp" ? "webp" : "png" }, { signal, onProgress: (share) => job.progress(share) });
};

const filmSizes = new Set(["1280x720", "720x1280", "960x960"]);
const SECONDS_MIN = 2;
const SECONDS_MAX = 6;

/** Of a file in a request, null where there is none. */
function bytesOf(file: unknown): Uint8Array | null | undefined {
  if (file === undefined) return null;
  const { bytes } = (file ?? {}) as { bytes?: unknown };
  return bytes instanceof Uint8Array ? bytes : undefined;
}

const animator: Maker = async (job, pool, signal) => {
  const { prompt, size = "1280x720", style, duration = 4 } = job.input;
  const start = bytesOf(job.request["start_frame"]);
  const seconds = Number(duration);
  if (!filmSizes.has(String(size))) return `A film can have the sizes ${[...filmSizes].join(", ")}.`;
  if (!(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX)) return `A film can last ${SECONDS_MIN} to ${SECONDS_MAX} seconds.`;
  if (start === undefined) return "The start frame must be the bytes of a picture.";
  await job.sending();
  const order = { kind: "film", prompt: String(prompt), seed: job.seed, ...sizeOf(size), style: String(style ?? "auto"), seconds, start } as const;
  return pool.make(order, { signal, onProgress: (share) => job.progress(share) });
};

const speakerWith =
  (engine: SpeechEngine): Maker =>
  async (job, pool, signal) => {
    const { prompt, voice, language, speed, format } = job.input;
    const speech = { text: String(prompt ?? ""), voice: String(voice ?? "alto"), language: String(language ?? "en"), speed: Number(speed ?? 1) };
    const fault = faultOf(speech);
    if (fault !== null) return fault;
    await job.sending();
    const wave = await speak(engine, speech, signal);
    if (isSilent(wave)) return "There is nothing in the text that can be spoken.";
    job.progress(0.7);
    return format === "mp3" ? pool.make({ kind: "mp3", wave }, { signal, onProgress: () => undefined }) : wave;
  };

/** No samples after the head, or none that can be heard. */
const isSilent = (wave: Uint8Array): boolean => wave.subarray(44).every((byte) => byte === 0);
