import { scopes } from "@cooly/contract";
import { z } from "zod";
import { command, report } from "../command.ts";
import { email } from "../options.ts";

const known: readonly string[] = scopes;
const split = (text: string): string[] => text.split(",").map((part) => part.trim());
const every = scopes.join(",");

export const keyAdd = command({
  name: "key add",
  summary: "Make an API key for a person. It is shown this once.",
  example: "cooly key add ada@example.com --name laptop --scopes generations:read,account:read --json",
  places: ["email"],
  options: z.strictObject({
    email: email("Whose key it is."),
    name: z.string().trim().min(1, { error: "must say something" }).max(100).default("cooly").meta({ description: "What to call it. Default: cooly." }),
    scopes: z
      .string()
      .refine((text) => split(text).every((scope) => known.includes(scope)), { error: `must be some of ${scopes.join(", ")}, with commas` })
      .default(every)
      .meta({ description: `What it may do, with commas: ${scopes.join(", ")}. Default: all.` }),
  }),
  async run({ json, scopes: wanted, ...options }, world) {
    const answer = await world.task("key-add", { ...options, scopes: [...new Set(split(wanted))] });
    return report(world, answer, { json, words: () => [String(answer["key"])] });
  },
});
