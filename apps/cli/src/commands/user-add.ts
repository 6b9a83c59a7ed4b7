import { z } from "zod";
import { command, report, type Answer } from "../command.ts";
import { email, wholeNumber } from "../options.ts";

export const userAdd = command({
  name: "user add",
  summary: "Make a person with an account, or find the one with this address; works beside a running server.",
  example: "cooly user add ada@example.com --credits 500 --json",
  places: ["email"],
  options: z.strictObject({
    email: email("The address to sign in with."),
    password: z
      .string()
      .min(8, { error: "must have at least 8 characters" })
      .max(128, { error: "must have at most 128 characters" })
      .optional()
      .meta({ description: "8 to 128 characters. Default: one is made and shown once." }),
    admin: z.boolean().default(false).meta({ description: "Make the person an admin." }),
    credits: wholeNumber("Credits to grant, in place of the free ones.", { min: 0, max: 1_000_000_000 })
      .optional()
      .meta({ description: "Credits to grant, in place of the free ones." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("user-add", options);
    return report(world, answer, { json, words: () => describe(answer, options.password !== undefined) });
  },
});

function describe(answer: Answer, passwordGiven: boolean): string[] {
  const who = String(answer["email"]);
  const has = `${String(answer["credits"])} credits`;
  if (!answer["created"]) return [`${who} was here before and now has ${has}`, ...(passwordGiven ? ["the password stays as it was"] : [])];
  const password = answer["password"];
  return [`made ${who}, with ${has}`, ...(password === undefined ? [] : [`password     ${String(password)}   (shown this once)`])];
}
