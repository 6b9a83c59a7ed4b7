import type { Redis } from "ioredis";
import type { Log } from "@cooly/engine/ports";

/** Says once that Redis is away and once that it is back, however many connections notice. */
export interface Presence {
  watch(client: Redis): void;
  /** This one ends because we want it to. */
  dismiss(client: Redis): void;
}

export function createPresence(log: Log | undefined): Presence {
  const away = new Set<Redis>();
  const dismissed = new WeakSet<Redis>();
  // One that was never there cannot go.
  const met = new WeakSet<Redis>();
  const causes = new WeakMap<Redis, Error>();

  function leave(client: Redis): void {
    if (dismissed.has(client) || !met.has(client)) return;
    if (away.size === 0) log?.warn("queue.away", { error: causes.get(client) ?? new Error("the connection to Redis was closed") });
    away.add(client);
  }
  function back(client: Redis): void {
    met.add(client);
    causes.delete(client);
    if (away.delete(client) && away.size === 0) log?.info("queue.back");
  }

  return {
    watch(client) {
      // Without a listener it would go to the console.
      client.on("error", (error: Error) => void causes.set(client, error));
      client.on("close", () => leave(client));
      client.on("ready", () => back(client));
    },
    dismiss(client) {
      dismissed.add(client);
      away.delete(client);
    },
  };
}
