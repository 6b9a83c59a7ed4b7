/** What every queue driver does the same way, whatever its broker has of its own kind. */
import { z } from "zod";
import type { Message } from "@cooly/engine/ports";

const Wire = z.object({ outputId: z.uuid(), attempt: z.int().min(0) });

/** A message as it was found; null if it is none of ours. */
export function readMessage(found: unknown): Message | null {
  const read = Wire.safeParse(found);
  return read.success ? read.data : null;
}

/** For how long a message rests that has failed so often. */
export const restSeconds = (receives: number): number => 2 ** (Math.max(receives, 1) - 1);

/** What was set aside is forgotten after that: whatever it was about has been announced again many times. */
export const SET_ASIDE_DAYS = 14;
