import { z } from "zod";
import { command, report } from "../command.ts";

export const creditsGrant = command({
  name: "credits grant",
  summary: "Grant credits to a person.",
  example: 'cooly credits grant ada@example.com 500 --reason "for the outage of May 3rd"',
  places: ["email", "credits"],
  options: z.strictObject({
    email: z.email().meta({ description: "Whose credits." }),
    credits: z.coerce.number().int().min(1).max(1_000_000_000).meta({ description: "How many." }),
    reason: z.string().trim().min(1).max(500).meta({ description: "Why; it stays in the ledger." }),
    idempotencyKey: z.string().min(1).max(200).optional().meta({ description: "The same key again grants nothing." }),
  }),
  async run({ json, idempotencyKey, ...options }, world) {
    const answer = await world.task("credits-grant", { ...options, ...(idempotencyKey !== undefined && { key: idempotencyKey }) });
    return report(world, answer, {
      json,
      words: () => [
        answer["already"]
          ? `already applied; ${String(answer["available"])} credits available`
          : `granted ${String(answer["granted"])}; ${String(answer["available"])} credits available`,
      ],
    });
  },
});
