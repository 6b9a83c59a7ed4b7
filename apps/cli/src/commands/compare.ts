import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report, type World } from "../command.ts";
import { Trouble } from "../compare/installation.ts";
import type { Side } from "../compare/load.ts";
import { drawReport } from "../compare/report.ts";
import { runComparison } from "../compare/run.ts";
import { describeComparison } from "../compare/table.ts";
import { wholeNumber } from "../options.ts";

const EXIT_INTERRUPTED = 130;

const address = (description: string) =>
  z
    .url({ protocol: /^https?$/, error: "must be an address, for example https://api.example.com" })
    .transform((url) => url.replace(/\/+$/, ""))
    .meta({ description });

export const compare = command({
  name: "compare",
  summary:
    "Drive two installations with the same load and say what was measured: API, database, pick-up, generation, files, users at once. Spends credits of both. Keys of the API come from COOLY_KEY_A and COOLY_KEY_B, or are asked for.",
  example: "cooly compare --a https://api.example.com --b https://api.test.example.com --out report.html",
  places: [],
  options: z.strictObject({
    a: address("The first installation."),
    b: address("The other one."),
    out: z.string().optional().meta({ description: "Write a report with charts to this file (HTML)." }),
    seed: wholeNumber("The load is made from it. Default: 1.", { min: 0, max: 4_294_967_295 }).optional(),
    rounds: wholeNumber("Rounds, in which both take turns. Default: 5.", { min: 3, max: 100 }).optional(),
    usersMax: wholeNumber("Try up to so many users at once; 0: none. Default: 16.", { min: 0, max: 1024 }).optional(),
    targetMs: wholeNumber("Users are too many where the p99 of their requests is longer. Default: 500.", { min: 1, max: 60_000 }).optional(),
  }),
  async run({ json, a, b, out, seed = 1, rounds = 5, usersMax = 16, targetMs = 500 }, world) {
    try {
      const places = { a: { url: a, key: await keyFor(world, "a") }, b: { url: b, key: await keyFor(world, "b") } };
      const comparison = await runComparison(world, { seed, rounds, usersMax, targetMs, places });
      if (out !== undefined) await world.writeFile(out, drawReport(comparison), { mode: 0o644 });
      const words = (): string[] => [...describeComparison(comparison), ...(out === undefined ? [] : [`wrote ${out}`])];
      return report(world, { ok: true, ...comparison }, { json, words });
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      const { code, message } = error;
      return report(world, { ok: false, code, message, ...(code === "interrupted" && { exit: EXIT_INTERRUPTED }) }, { json, words: () => [] });
    }
  },
});

/** Never on a command line, which everybody on the machine can read. */
async function keyFor(world: World, side: Side): Promise<string> {
  const name = `COOLY_KEY_${side.toUpperCase()}`;
  const set = world.setting(name);
  if (set !== undefined) return set;
  const missing = `${name} is missing: a key of the API of ${side}, as cooly key add makes it`;
  if (!world.interactive) throw new Misuse(missing);
  const key = await world.ask(`The key of ${side} (cooly key add makes one; it is not shown):`, { secret: true });
  if (key === null) throw new Trouble("interrupted", "Interrupted. Nothing was ordered.");
  if (key === "") throw new Misuse(missing);
  return key;
}
