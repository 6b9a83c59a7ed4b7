import { createGate } from "../../gate.ts";

/** The least that every server takes as a part is 5 MiB. */
export const PART_BYTES = 8 * 1024 * 1024;
const PARTS_MAX = 8;

/** Memory for one part. */
export interface Part {
  readonly room: Buffer;
  /** `again`: whether nobody reads from it any more. */
  release(again: boolean): void;
}

/** However many uploads there are, no more parts than these are in memory. */
export function createParts(): { take(): Promise<Part> } {
  const gate = createGate(PARTS_MAX);
  const free: Buffer[] = [];
  let taken = 0;
  return {
    async take() {
      const leave = await gate.enter();
      taken += 1;
      const room = free.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
      return {
        room,
        release(again) {
          taken -= 1;
          if (again) free.push(room);
          if (taken === 0) free.length = 0;
          leave();
        },
      };
    },
  };
}
