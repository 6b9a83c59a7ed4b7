import { fork, type ChildProcess, type ForkOptions } from "node:child_process";
import { PictureRefused, type PictureLimits, type Pictures } from "@cooly/engine/ports";
import { usualLimits } from "./examine-picture.ts";
import type { Answer, Question } from "./pictures-process.ts";

/**
 * 24 megapixels of every kind. An AVIF takes 18 bytes a pixel while it is read, all at once: more than a process that answers
 * people should ever grow by, which is why a process of its own reads them, one after the other.
 */
export const apartLimits: PictureLimits = { ...usualLimits, memoryMax: 24_000_000 * 18 };

export interface PicturesApartOptions {
  readonly limits?: PictureLimits;
  /** How long the process stays with nothing to do. */
  readonly idleMs?: number;
}

const IDLE_MS = 20_000;
/** A decoder gives up by itself after a minute. */
const ANSWER_MS = 150_000;
/** A process may be ended by something that is no picture's fault; the next one hardly. */
const PROCESSES_MAX = 2;

interface Waiting {
  readonly question: Question;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  processes: number;
}

// Decoders have holes: nothing that is worth anything lies beside them, the environment neither.
const apart: ForkOptions = { serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: [], env: {} };

/** Pictures that a process of its own looks at: what a decoder takes in memory, or does wrong, is that process's alone. */
export function createPicturesApart({ limits = apartLimits, idleMs = IDLE_MS }: PicturesApartOptions = {}): Pictures & { close(): void } {
  const waiting: Waiting[] = [];
  let child: ChildProcess | null = null;
  let asked: Waiting | null = null;
  let timer: NodeJS.Timeout | undefined;

  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject, processes: 0 });
      next();
    });

  function next(): void {
    if (asked) return;
    clearTimeout(timer);
    asked = waiting.shift() ?? null;
    if (!asked) {
      timer = setTimeout(dismiss, idleMs).unref();
      return;
    }
    asked.processes += 1;
    child ??= hire();
    child.send(asked.question);
    timer = setTimeout(() => child?.kill("SIGKILL"), ANSWER_MS).unref();
  }

  function hire(): ChildProcess {
    const hired = fork(new URL("pictures-process.ts", import.meta.url), [JSON.stringify(limits)], apart);
    // The work of this process goes on by requests; nothing else is held open for them.
    hired.unref();
    hired.channel?.unref();
    hired.on("message", (answer) => settle(answer as Answer));
    hired.on("error", () => lose(hired)).once("exit", () => lose(hired));
    return hired;
  }

  function settle(answer: Answer): void {
    const { resolve, reject } = asked!;
    asked = null;
    if ("refused" in answer) reject(new PictureRefused(answer.refused, { cause: answer.cause }));
    else if ("trouble" in answer) reject(new Error(answer.trouble));
    else resolve(answer.value);
    next();
  }

  function lose(lost: ChildProcess): void {
    if (child !== lost) return;
    child = null;
    const left = asked;
    asked = null;
    if (left && left.processes < PROCESSES_MAX) waiting.unshift(left);
    else left?.reject(new PictureRefused("undecodable", { cause: new Error("two processes ended over it") }));
    next();
  }

  function dismiss(): void {
    const dismissed = child;
    child = null;
    if (dismissed?.connected) dismissed.disconnect();
  }

  return {
    examine: (source, into) => ask({ act: "examine", source, into }) as ReturnType<Pictures["examine"]>,
    examineMask: (source, request) => ask({ act: "examineMask", source, request }) as ReturnType<Pictures["examineMask"]>,
    shrink: (copy, into) => ask({ act: "shrink", copy, into }) as Promise<void>,
    writeMask: (mask, request) => ask({ act: "writeMask", mask, request }) as Promise<void>,
    close() {
      clearTimeout(timer);
      dismiss();
      for (const { reject } of [...waiting.splice(0), ...(asked ? [asked] : [])]) reject(new Error("pictures are looked at no more"));
      asked = null;
    },
  };
}
