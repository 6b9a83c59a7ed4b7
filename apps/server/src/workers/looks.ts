import type { Doorbell, Looks } from "@cooly/engine";
import type { Paced } from "./role.ts";
import { runWoken, type WokenPass } from "./woken.ts";

const OPEN_MAX = 100;
const POLL_SECONDS = { listening: 15, deaf: 1 };

export interface Looking {
  readonly name: string;
  readonly bell: WokenPass["bell"];
  readonly take: (limit: number) => Promise<Looks>;
}

/** Begins what is due, so many at once, and waits at the end for what is in hand. */
export async function keepLooking({ name, bell, take }: Looking, parts: Paced & { doorbell: Doorbell }, signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<void>>();
  const pass = async (): Promise<number | null> => {
    while (open.size >= OPEN_MAX) await Promise.race(open);
    const { begun, nextSeconds } = await take(OPEN_MAX - open.size);
    for (const look of begun) {
      const ended = look.finally(() => open.delete(ended));
      open.add(ended);
    }
    return nextSeconds;
  };
  await runWoken({ name, bell, pollSeconds: POLL_SECONDS, pass }, parts, signal);
  await Promise.all(open);
}
