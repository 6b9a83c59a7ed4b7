import { isGone } from "../../../../tools/file-lock.mjs";

const PARENT_CHECK_MS = 1_000;
const REPEAT_MS = 1_500;
const GIVE_UP_MS = 15_000;

/**
 * Aborts at the first wish to stop: a signal, or the end of the process that started us. A repeat within a moment is the
 * same wish (a terminal and npm both pass a Ctrl-C on); a later one ends the process at once, and so does a stop that hangs.
 */
export function stopSignal(): AbortSignal {
  const parent = process.ppid;
  // `npm start` names its npm, between which and us stands a shell that outlives it.
  const starter = Number(process.env["COOLY_STARTER"] ?? 0);
  const controller = new AbortController();
  let askedMs: number | null = null;
  const stop = (): void => {
    const nowMs = performance.now();
    if (askedMs !== null) {
      if (nowMs - askedMs > REPEAT_MS) process.exit(130);
      return;
    }
    askedMs = nowMs;
    clearInterval(watch);
    setTimeout(() => process.exit(1), GIVE_UP_MS).unref();
    controller.abort();
  };
  const watch = setInterval(() => (process.ppid !== parent || isGone(starter)) && stop(), PARENT_CHECK_MS);
  watch.unref();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return controller.signal;
}

export const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
