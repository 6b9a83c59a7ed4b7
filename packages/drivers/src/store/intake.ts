import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Pieces, PutOptions, StoredObject } from "@cooly/engine/ports";

/** A body on its way in: read once, while its size and hash are read. */
export interface Intake {
  /** False at the end, which is reached only if the body has the size that was promised. */
  more(): Promise<boolean>;
  /** What comes next, in its maker's memory: valid until it is asked again. Null at the end. */
  next(): Promise<Uint8Array | null>;
  /** Fills `room` as far as the body goes. Answers how many bytes. */
  fill(room: Uint8Array): Promise<number>;
  /** Of what was read so far. */
  stored(): StoredObject;
  /** Whoever makes the pieces hears that no more are wanted. */
  giveUp(): void;
}

const NOTHING = new Uint8Array();

export function openIntake(body: Pieces | Uint8Array, { maxBytes, sizeBytes: promised, signal }: Omit<PutOptions, "mime">): Intake {
  const hash = createHash("sha256");
  const source = reading(body, signal);
  let rest: Uint8Array = NOTHING;
  let ended = false;
  let sizeBytes = 0;

  async function more(): Promise<boolean> {
    while (rest.length === 0 && !ended) {
      signal?.throwIfAborted();
      const read = await source.read();
      if (read === null) ended = true;
      else take(read);
    }
    if (ended && promised !== undefined && sizeBytes !== promised) throw new RangeError(`the body has ${sizeBytes} bytes of ${promised}`);
    return !ended;
  }

  function take(piece: Uint8Array): void {
    sizeBytes += piece.length;
    if (sizeBytes > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`);
    if (promised !== undefined && sizeBytes > promised) throw new RangeError(`the body has more than ${promised} bytes`);
    hash.update(piece);
    rest = piece;
  }

  return {
    more,
    async next() {
      if (!(await more())) return null;
      const piece = rest;
      rest = NOTHING;
      return piece;
    },
    async fill(room) {
      let filled = 0;
      while (filled < room.length && (await more())) {
        const part = rest.subarray(0, room.length - filled);
        room.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      return filled;
    },
    stored: () => ({ sizeBytes, sha256: hash.copy().digest("hex") }),
    giveUp: source.giveUp,
  };
}

/** An abort is heard while a piece is waited for, too. */
function reading(body: Pieces | Uint8Array, signal: AbortSignal | undefined): { read(): Promise<Uint8Array | null>; giveUp(): void } {
  // It may fail before anybody reads it, and whoever reads it hears of that.
  if (body instanceof Readable) body.on("error", () => undefined);
  const iterator = (body instanceof Uint8Array ? once(body) : body)[Symbol.asyncIterator]();
  // Of the piece that is waited for: a promise for all of them would remember each of them.
  let fail: (reason: unknown) => void = () => undefined;
  const hear = (): void => fail(signal?.reason);
  signal?.addEventListener("abort", hear, { once: true });
  return {
    read: () =>
      new Promise((resolve, reject) => {
        fail = reject;
        iterator.next().then(({ done, value }) => resolve(done ? null : value), reject);
      }),
    giveUp() {
      signal?.removeEventListener("abort", hear);
      if (body instanceof Readable) body.destroy();
      else void iterator.return?.().catch(() => undefined);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
