import { compareEnvironments, type Difference } from "@cooly/topology";
import { z } from "zod";
import { command, report } from "../command.ts";
import { readEnvironment } from "./env-options.ts";

export const envDiff = command({
  name: "env diff",
  summary: "What two files of variables have and have not in common; of secrets only whether they differ. Exit 1 if anything does.",
  example: "cooly env diff .env.staging .env.prod",
  places: ["first", "second"],
  options: z.strictObject({
    first: z.string().meta({ description: "One file." }),
    second: z.string().meta({ description: "The other." }),
  }),
  async run({ json, first, second }, world) {
    const [one, other] = [await readEnvironment(world, first), await readEnvironment(world, second)];
    const differences = compareEnvironments(one.values, other.values);
    const equal = differences.every(({ state }) => state === "same");
    if (json) world.print(JSON.stringify({ equal, differences }));
    else report(world, { ok: true }, { json, words: () => describe(differences, { first, second }) });
    return equal ? 0 : 1;
  },
});

function describe(differences: readonly Difference[], { first, second }: { first: string; second: string }): string[] {
  const width = Math.max(0, ...differences.map(({ name }) => name.length));
  const words = { same: "same", differs: "differs", "only in the first": `only in ${first}`, "only in the second": `only in ${second}` };
  return differences.map(({ name, state, values }) => {
    const shown = values === undefined ? "" : state === "differs" ? `: ${values.first} and ${values.second}` : `: ${values.first ?? values.second}`;
    return `${name.padEnd(width)}  ${words[state]}${shown}`;
  });
}
