import { z } from "zod";
import { command, report } from "../command.ts";

export const userAdd = command({
  name: "user add",
  summary: "Make a person with an account, or find the one with this address; works beside a running server.",
  example: "cooly user add ada@example.com --credits 500 --json",
  places: ["email"],
  options: z.strictObject({
    email: z.email().meta({ description: "The address to sign in with." }),
    password: z.string().min(8).max(128).optional().meta({ description: "8 to 128 characters. Default: one is made and shown once." }),
    admin: z.boolean().default(false).meta({ description: "Make the person an admin." }),
    credits: z.coerce.number().int().min(0).max(1_000_000_000).optional().meta({ description: "Credits to grant, in place of the free ones." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("user-add", options);
    const password = answer["password"];
    return report(world, answer, {
      json,
      words: () => [
        `${answer["created"] ? "made" : "found"} ${String(answer["email"])}: ${String(answer["credits"])} credits`,
        ...(password === undefined ? [] : [`password ${String(password)}`]),
      ],
    });
  },
});
