import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "@cooly/contract";

const PATIENCE_MS = 3_500;

/**
 * A database that refuses connections says so at once; one that is frozen, or behind a dead line, says nothing. Whoever has
 * waited for a while is told that it is away, unless it shows that it is only slow.
 */
export function createPatience(isThere: () => Promise<boolean>) {
  let asking: Promise<boolean> | null = null;
  // However many wait, it is asked once at a time.
  const ask = (): Promise<boolean> => (asking ??= isThere().finally(() => (asking = null)));

  return {
    /** Settles as `work` does, or as soon as nobody can be waited for; once an answer has begun it takes as long as it takes. */
    hold(request: IncomingMessage, response: ServerResponse, work: Promise<void>): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let over = false;
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        timer = setTimeout(() => void look(), PATIENCE_MS).unref();
      };
      const end = (settle: () => void): void => {
        over = true;
        clearTimeout(timer);
        settle();
      };
      async function look(): Promise<void> {
        if (response.headersSent || response.destroyed) return;
        const there = await ask();
        if (over || response.headersSent) return;
        if (there) return wait();
        // Nobody knows what became of it: only a key makes a second try the same one.
        if (request.method === "POST" && request.headers["idempotency-key"] === undefined) response.setHeader("x-should-retry", "false");
        end(() => reject(new Fault("unavailable")));
      }
      wait();
      work.then(
        () => end(resolve),
        (error: unknown) => end(() => reject(error)),
      );
      return promise;
    },
  };
}
