// Loaded before a process of the crew (`--import`): its wall clock is wrong by CHAOS_CLOCK_MS, and jumps ten minutes now and then.
const skewMs = Number(process.env.CHAOS_CLOCK_MS ?? 0);
const JUMP_MS = 600_000;
const JUMP_EVERY_MS = 7_000;
const TrueDate = Date;
const wrongNow = () => TrueDate.now() + skewMs + (Math.floor(performance.now() / JUMP_EVERY_MS) % 3) * JUMP_MS - JUMP_MS;

globalThis.Date = class extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(wrongNow());
    else super(...parts);
  }
  static now() {
    return wrongNow();
  }
};
