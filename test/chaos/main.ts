/** `npm run chaos [-- --minutes N --seed S --rate R]`: real processes on a real database, disturbed by a schedule that a seed draws. */
import { parseArgs } from "node:util";
import { table } from "./figures.ts";
import { runChaos } from "./run.ts";
import { describe, drawSchedule } from "./schedule.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    /** Orders a second. */
    rate: { type: "string", default: "5" },
    /** Shows what would happen, and ends. */
    "dry-run": { type: "boolean", default: false },
  },
});
const [minutes, perSecond] = [Number(options.minutes), Number(options.rate)];
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(minutes > 0 && perSecond > 0 && Number.isInteger(seed))) throw new Error("--minutes and --rate are numbers above 0, --seed is a whole number");

const ms = minutes * 60_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`Seed ${seed}, ${minutes} minutes; the same again: npm run chaos -- --minutes ${minutes} --seed ${seed}`);
if (options["dry-run"]) {
  for (const { atMs, act } of drawSchedule({ seed, ms })) say(`${(atMs / 1000).toFixed(1).padStart(6)} s  ${describe(act)}`);
} else {
  const { figures, isKept, home } = await runChaos({ seed, ms, perSecond, silent: 2, listenersEach: 4, patience: 1, say });
  say(`\n${table(figures)}\n`);
  say(isKept ? `All promises were kept. Seed ${seed}.` : `A promise was broken. Seed ${seed}; logs and data: ${home}`);
  // Left to end by itself, Node may wait for ever for the handles of sockets that were reset.
  process.exit(isKept ? 0 : 1);
}
