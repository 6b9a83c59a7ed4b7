import { z } from "zod";
import { command, report } from "../command.ts";
import { email, wholeNumber } from "../options.ts";

export const creditsGrant = command({
  name: "credits grant",
  summary: "Grant credits to a person.",
  example: 'cooly credits grant ada@example.com 500 --reason "for the outage of May 3rd"',
  places: ["email", "credits"],
  options: z.strictObject({
    email: email("Whose credits."),
    credits: wholeNumber("How many.", { min: 1, max: 1_000_000_000 }),
    reason: z.string().trim().min(1, { error: "must say something" }).max(500).meta({ description: "Why; it stays in the ledger." }),
    idempotencyKey: z.string().min(1).max(200).optional().meta({ description: "The same key again grants nothing." }),
  }),
  async run({ json, idempotencyKey, ...options }, world) {
    const answer = await world.task("credits-grant", { ...options, ...(idempotencyKey !== undefined && { key: idempotencyKey }) });
    return report(world, answer, {
      json,
      words: () => [
        answer["already"]
          ? `nothing granted: that key was used before; ${options.email} has ${String(answer["available"])} credits`
          : `granted ${String(answer["granted"])} credits to ${options.email}, who now has ${String(answer["available"])}`,
      ],
    });
  },
});
