import { z } from "zod";
import { command, report } from "../command.ts";

export const seed = command({
  name: "seed",
  summary: "Make the first admin. Again: finds the same one.",
  example: "cooly seed --email you@example.com",
  places: [],
  options: z.strictObject({ email: z.email().default("admin@cooly.local").meta({ description: "The admin's address. Default: admin@cooly.local." }) }),
  async run({ email, json }, world) {
    const answer = await world.task("user-add", { email, admin: true });
    const password = answer["password"];
    return report(world, answer, { json, words: () => [`admin ${email}${password === undefined ? " exists" : `, password ${String(password)}`}`] });
  },
});
