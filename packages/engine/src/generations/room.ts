/** So many bytes at once, in the order in which they were asked for. */
export interface Room {
  /** Resolves with how they are given back. More than there is at all waits until nobody has any. */
  take(bytes: number, signal: AbortSignal): Promise<() => void>;
}

export function createRoom(bytesMax: number): Room {
  const waiting: (() => boolean)[] = [];
  let taken = 0;
  const next = (): void => {
    while (waiting.length > 0 && waiting[0]!()) waiting.shift();
  };
  return {
    take: (wanted, signal) =>
      new Promise((resolve, reject) => {
        const bytes = Math.min(wanted, bytesMax);
        // True once it need not wait any longer.
        waiting.push(() => {
          if (signal.aborted) {
            reject(signal.reason as Error);
            return true;
          }
          if (taken + bytes > bytesMax) return false;
          taken += bytes;
          let isHeld = true;
          resolve(() => {
            if (!isHeld) return;
            isHeld = false;
            taken -= bytes;
            next();
          });
          return true;
        });
        signal.addEventListener("abort", next, { once: true });
        next();
      }),
  };
}
