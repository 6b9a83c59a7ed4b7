/** One direction of one connection: bytes pass in their order, later or in smaller parts than they came, or never. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Faults {
  readonly latencyMs?: number;
  /** Up to so much more. */
  readonly jitterMs?: number;
  /** Nothing passes, nothing is refused. What waits passes when it ends, unless its sender has gone. */
  readonly blackhole?: boolean;
  /** Bytes of one write. */
  readonly sliceBytes?: number;
  readonly bytesPerSecond?: number;
  /** So many bytes pass from now on, on each connection; then it is reset. */
  readonly cutAfterBytes?: number;
}

export interface Counts {
  connections: number;
  resets: number;
  cuts: number;
  repliesCut: number;
  halfCloses: number;
  delayed: number;
  held: number;
  slices: number;
  slowed: number;
}

/** What lanes of one proxy and direction look at, every time anew. */
export interface Rule {
  faults: Faults;
  /** Ends the waiting of those whom the faults before held up. */
  changed: PromiseWithResolvers<void>;
  /** Counts the rules, so that bytes are counted from each. */
  number: number;
}

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly rule: Rule;
  readonly counts: Counts;
  readonly random: () => number;
  /** False: this connection ends here. */
  readonly onBytes: (bytes: Buffer) => boolean;
  readonly reset: () => void;
}

export interface Lane {
  /** The receiver is told that nothing more will come; what comes is dropped. */
  halfClose(): void;
}

const WAITING_MAX = 256;

export function openLane({ from, to, rule, counts, random, onBytes, reset }: LaneOptions): Lane {
  const waiting: { readonly bytes: Buffer | null; readonly dueMs: number }[] = [];
  let pumping = false;
  let closed = false;
  let passed = { number: -1, bytes: 0 };

  async function pump(): Promise<void> {
    pumping = true;
    for (let next = waiting[0]; next && !to.destroyed; next = waiting[0]) {
      const leftMs = next.dueMs - performance.now();
      if (leftMs > 0) await sleep(leftMs);
      if (rule.faults.blackhole) counts.held += 1;
      while (rule.faults.blackhole && !to.destroyed) await rule.changed.promise;
      waiting.shift();
      if (from.isPaused() && waiting.length < WAITING_MAX / 2) from.resume();
      if (next.bytes) await pass(next.bytes);
      else if (!closed) to.end();
    }
    pumping = false;
  }

  async function pass(bytes: Buffer): Promise<void> {
    const { sliceBytes, bytesPerSecond, cutAfterBytes = Infinity } = rule.faults;
    if (closed || to.destroyed) return;
    if (passed.number !== rule.number) passed = { number: rule.number, bytes: 0 };
    const room = Math.max(0, cutAfterBytes - passed.bytes);
    passed.bytes += bytes.length;
    await write(bytes.subarray(0, room), { sliceBytes, bytesPerSecond });
    if (bytes.length < room) return;
    counts.cuts += 1;
    reset();
  }

  async function write(bytes: Buffer, { sliceBytes, bytesPerSecond }: { sliceBytes: number | undefined; bytesPerSecond: number | undefined }): Promise<void> {
    // A tenth of a second's worth at a time.
    const size = sliceBytes ?? (bytesPerSecond === undefined ? bytes.length : Math.max(1, Math.ceil(bytesPerSecond / 10)));
    for (let at = 0; at < bytes.length && !to.destroyed; at += size) {
      const part = bytes.subarray(at, at + size);
      if (sliceBytes !== undefined) counts.slices += 1;
      if (!to.writableEnded) await new Promise<void>((resolve) => to.write(part, () => resolve()));
      if (bytesPerSecond === undefined) continue;
      counts.slowed += 1;
      await sleep((part.length / bytesPerSecond) * 1000);
    }
  }

  function enqueue(bytes: Buffer | null): void {
    const { latencyMs = 0, jitterMs = 0 } = rule.faults;
    const delayMs = latencyMs + random() * jitterMs;
    if (delayMs > 0) counts.delayed += 1;
    waiting.push({ bytes, dueMs: performance.now() + delayMs });
    if (waiting.length >= WAITING_MAX) from.pause();
    if (!pumping) void pump();
  }

  from.on("data", (bytes: Buffer) => void (onBytes(bytes) && enqueue(bytes)));
  from.on("end", () => {
    // Whoever goes while nothing passes takes along what has not passed.
    if (rule.faults.blackhole) reset();
    else enqueue(null);
  });
  return {
    halfClose() {
      if (closed) return;
      closed = true;
      counts.halfCloses += 1;
      to.end();
    },
  };
}
