import { setTimeout as sleep } from "node:timers/promises";
import type { Doorbell } from "@cooly/engine";
import type { Paced } from "./role.ts";

export interface WokenPass {
  readonly name: string;
  readonly bell: Parameters<Doorbell["onRing"]>[0];
  /** The longest pause: while rings of other processes are heard, and while they are not. */
  readonly pollSeconds: { readonly listening: number; readonly deaf: number };
  /**
   * One bounded pass. Answers when the next one is worth it: at once (0), in so many seconds, or at the next ring (null).
   * `called`: there is work, as far as anybody knows; else it only is time to look.
   */
  pass(called: boolean): Promise<number | null>;
}

const AFTER_FAILURE_SECONDS = 1;
const SHORTEST_MS = 5;

/** Runs passes until aborted: on a ring, when something falls due, and now and then in any case. */
export async function runWoken(role: WokenPass, { doorbell, log, passes }: Paced & { doorbell: Doorbell }, signal: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  let called = false;
  const endRing = doorbell.onRing(role.bell, () => {
    called = true;
    wake();
  });
  while (!signal.aborted) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const wasCalled = called;
    called = false;
    const startedMs = performance.now();
    const tell = (failed: boolean): void => passes?.passed(role.name, (performance.now() - startedMs) / 1000, failed);
    const pause = await role.pass(wasCalled).then(
      (seconds) => {
        tell(false);
        return Math.min(seconds ?? Infinity, doorbell.listening() ? role.pollSeconds.listening : role.pollSeconds.deaf);
      },
      (error: unknown) => {
        tell(true);
        log.error(`${role.name}.pass_failed`, { error });
        return AFTER_FAILURE_SECONDS;
      },
    );
    if (pause === 0) {
      called = true;
      continue;
    }
    const timer = new AbortController();
    const ends = AbortSignal.any([timer.signal, signal]);
    await Promise.race([woken, sleep(Math.max(SHORTEST_MS, pause * 1000), undefined, { signal: ends }).catch(() => undefined)]);
    timer.abort();
  }
  endRing();
}
