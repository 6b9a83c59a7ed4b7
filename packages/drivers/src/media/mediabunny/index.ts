import { Worker } from "node:worker_threads";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaSource } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";
import type { Frame } from "./first-frame.ts";
import type { Decoded } from "./look.ts";
import type { Reply } from "./thread.ts";

// Whatever takes longer is lost though it was paid for: no slow machine may come near it.
const PATIENCE_MS = 60_000;
// For what a film or a sound is whole without.
const DECODING_PATIENCE_MS = 5000;
const IDLE_MS = 30_000;
const HEAP_MB = 128;

export interface Playable {
  readonly media: InspectedVideo | InspectedAudio;
  /** What a film begins with; null where nothing here can decode it. */
  readonly frame: Frame | null;
  /** How its colours are meant, where it says so. */
  readonly matrix: string | null;
}

export interface PlayableInspector {
  inspect(source: MediaSource): Promise<Playable>;
}

export interface PlayableOptions {
  readonly patienceMs?: number;
  readonly decodingPatienceMs?: number;
}

/**
 * Reads MP4, MOV, WebM, WAV, MP3, Ogg and FLAC, by their bytes. One at a time, in a thread: whatever a file makes the parser do,
 * it ends after a while and with the memory that it is given.
 */
export function createPlayableInspector(options: PlayableOptions = {}): PlayableInspector {
  const patience = { patienceMs: PATIENCE_MS, decodingPatienceMs: DECODING_PATIENCE_MS, ...options };
  const gate = createGate(1);
  let rested: { worker: Worker; end: NodeJS.Timeout } | null = null;

  function hire(): Worker {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB }, stdout: true, stderr: true });
    worker.unref();
    // What decoders have to say of a broken file is for nobody.
    worker.stdout.resume();
    worker.stderr.resume();
    // One that ends while nobody waits for it is nobody's loss.
    worker.on("error", () => undefined);
    worker.once("exit", () => {
      if (rested?.worker === worker) rested = null;
    });
    return worker;
  }

  function take(): Worker {
    if (rested === null) return hire();
    const { worker, end } = rested;
    clearTimeout(end);
    rested = null;
    return worker;
  }

  function rest(worker: Worker): void {
    rested = { worker, end: setTimeout(() => void worker.terminate(), IDLE_MS).unref() };
  }

  return {
    async inspect(source) {
      const leave = await gate.enter();
      const worker = take();
      try {
        const { answer, alive } = await ask(worker, source, patience);
        if (alive) rest(worker);
        if ("media" in answer) return answer;
        throw "unusable" in answer ? new MediaUnusable(answer.unusable) : answer.trouble;
      } finally {
        leave();
      }
    },
  };
}

type Answer = Playable | { readonly unusable: string } | { readonly trouble: Error };

/** `alive`: whether the thread can be asked again. */
function ask(worker: Worker, source: MediaSource, patience: Required<PlayableOptions>): Promise<{ answer: Answer; alive: boolean }> {
  return new Promise((resolve) => {
    let seen: Playable["media"] | null = null;
    const settle = (answer: Answer, alive: boolean): void => {
      clearTimeout(giveUp);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      if (!alive) void worker.terminate();
      resolve({ answer, alive });
    };
    // What it is stays true, whatever became of looking into it.
    const end = (answer: Answer): void => settle(seen === null ? answer : { media: seen, frame: null, matrix: null }, false);
    const onLate = (): void => end({ unusable: "The file takes too long to read." });
    const onMessage = (reply: Reply): void => {
      if ("seen" in reply) {
        seen = reply.seen;
        clearTimeout(giveUp);
        giveUp = setTimeout(onLate, patience.decodingPatienceMs);
      } else if ("decoded" in reply) settle(withDecoded(seen!, reply.decoded), true);
      else settle(reply, true);
    };
    const onError = (error: Error): void => {
      const greedy = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      end(greedy ? { unusable: "The file takes too much memory to read." } : { trouble: error });
    };
    const onExit = (): void => end({ trouble: new Error("the thread that reads media ended") });
    let giveUp = setTimeout(onLate, patience.patienceMs);
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    // A file that was landed brings functions along, which cannot be sent.
    worker.postMessage(source instanceof Uint8Array ? source : { path: source.path });
  });
}

const withDecoded = (media: Playable["media"], { frame = null, matrix, waveform = null }: Decoded): Playable =>
  media.kind === "video" ? { media, frame, matrix: matrix ?? null } : { media: { ...media, waveform }, frame: null, matrix: null };
