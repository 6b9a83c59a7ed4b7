import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@cooly/engine/ports";

/** A part of a process that goes on until it is told to stop. Resolves once it has let go of everything in hand. */
export interface Role {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Hears of every round of a loop. */
export interface Passes {
  passed(name: string, seconds: number, failed: boolean): void;
}

export interface Paced {
  readonly log: Log;
  /** Default: nobody counts. */
  readonly passes?: Passes;
}

export interface PacedPass {
  readonly name: string;
  readonly everySeconds: number;
  /** One bounded pass; what it reports is logged if it did anything. */
  pass(signal: AbortSignal): Promise<object>;
}

/** Runs rounds until aborted. A round in hand is finished, never torn; a failed one is logged and tried again. */
export async function runPaced(role: PacedPass, { log, passes }: Paced, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    const tell = (failed: boolean): void => passes?.passed(role.name, (performance.now() - startedMs) / 1000, failed);
    try {
      const report = await role.pass(signal);
      tell(false);
      if (Object.values(report).some((figure) => typeof figure === "number" && figure > 0)) log.info(`${role.name}.pass`, report);
    } catch (error) {
      tell(true);
      log.error(`${role.name}.pass_failed`, { error });
    }
    await sleep(role.everySeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}
