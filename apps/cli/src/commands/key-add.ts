import { z } from "zod";
import { command, report } from "../command.ts";

export const keyAdd = command({
  name: "key add",
  summary: "Make an API key for a person. It is shown this once.",
  example: "cooly key add ada@example.com --name laptop --json",
  places: ["email"],
  options: z.strictObject({
    email: z.email().meta({ description: "Whose key it is." }),
    name: z.string().min(1).max(100).default("cooly").meta({ description: "What to call it. Default: cooly." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("key-add", options);
    return report(world, answer, { json, words: () => [String(answer["key"])] });
  },
});
