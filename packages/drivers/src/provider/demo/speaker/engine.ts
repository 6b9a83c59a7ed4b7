/** The speech engine. It is GPL: it may be absent, and is only ever a process of its own. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { findProgram } from "../../../program.ts";
import { flagsFor, plain, type Speech } from "./speech.ts";
import { wholeWave } from "./wave.ts";

const NAME = "espeak-ng";
// More than the longest text at the lowest speed.
const BYTES_MAX = 64 * 1024 * 1024;
const PATIENCE_MS = 90_000;

export interface SpeechEngine {
  readonly command: string;
  /** Before the engine's own flags. */
  readonly first: readonly string[];
}

/** The system's engine on `path`, else the optional package; null where there is neither. */
export function findEngine(path: string | null): SpeechEngine | null {
  const command = findProgram(path, NAME);
  if (command !== null) return { command, first: ["--stdin", "--stdout"] };
  try {
    const module = createRequire(import.meta.url).resolve(NAME);
    return { command: process.execPath, first: [join(import.meta.dirname, "packaged-engine.ts"), module] };
  } catch {
    return null;
  }
}

/** A WAV; of a text without a sound in it, one without samples. */
export async function speak(engine: SpeechEngine, speech: Speech, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await run(engine, speech, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
  return wholeWave(bytes);
}

function run({ command, first }: SpeechEngine, speech: Speech, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Nothing of our environment is the engine's business.
    const child = spawn(command, [...first, ...flagsFor(speech)], { stdio: ["pipe", "pipe", "pipe"], env: {}, signal, killSignal: "SIGKILL" });
    const pieces: Buffer[] = [];
    let [size, said] = [0, ""];
    child.stdout.on("data", (piece: Buffer) => {
      pieces.push(piece);
      size += piece.length;
      if (size > BYTES_MAX) child.kill("SIGKILL");
    });
    child.stderr.on("data", (piece: Buffer) => (said = (said + piece.toString()).slice(-500)));
    child.once("error", (error) => reject(signal.aborted ? signal.reason : error));
    child.once("close", (code) => {
      if (signal.aborted) return reject(signal.reason);
      if (size > BYTES_MAX) return reject(new Error("the speech became too long"));
      if (code !== 0) return reject(new Error(`the speech engine ended with ${code}: ${said.trim()}`));
      resolve(Buffer.concat(pieces));
    });
    // It may end before it has read everything; how it ended says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(plain(speech.text));
  });
}
