import { Worker } from "node:worker_threads";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaSource } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";
import type { Reply } from "./thread.ts";

const PATIENCE_MS = 15_000;
const IDLE_MS = 30_000;
const HEAP_MB = 128;

export interface PlayableInspector {
  inspect(source: MediaSource): Promise<InspectedVideo | InspectedAudio>;
}

/**
 * Reads MP4, MOV, WebM, WAV, MP3, Ogg and FLAC, by their bytes. One at a time, in a thread: whatever a file makes the parser do,
 * it ends after a while and with the memory that it is given.
 */
export function createPlayableInspector({ patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}): PlayableInspector {
  const gate = createGate(1);
  let rested: { worker: Worker; end: NodeJS.Timeout } | null = null;

  function hire(): Worker {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    worker.unref();
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
        const reply = await ask(worker, source, patienceMs);
        rest(worker);
        if ("seen" in reply) return reply.seen;
        throw "unusable" in reply ? new MediaUnusable(reply.unusable) : reply.trouble;
      } finally {
        leave();
      }
    },
  };
}

function ask(worker: Worker, source: MediaSource, patienceMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => {
      settle();
      void worker.terminate();
      reject(new MediaUnusable("The file takes too long to read."));
    }, patienceMs);
    const settle = (): void => {
      clearTimeout(giveUp);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    const onMessage = (reply: Reply): void => {
      settle();
      resolve(reply);
    };
    const onError = (error: Error): void => {
      settle();
      const greedy = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      reject(greedy ? new MediaUnusable("The file takes too much memory to read.", { cause: error }) : error);
    };
    const onExit = (): void => {
      settle();
      reject(new Error("the thread that reads media ended"));
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(source);
  });
}
