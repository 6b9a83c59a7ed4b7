import { z } from "zod";
import { command, report } from "../command.ts";

export const migrate = command({
  name: "migrate",
  summary: "Bring the database's schema up to this version. Safe to run by many at once.",
  example: "cooly migrate",
  places: [],
  options: z.strictObject({}),
  async run({ json }, world) {
    const answer = await world.task("migrate", {});
    const applied = (answer["applied"] ?? []) as string[];
    return report(world, answer, { json, words: () => (applied.length > 0 ? applied.map((name) => `applied ${name}`) : ["the schema is up to date"]) });
  },
});
