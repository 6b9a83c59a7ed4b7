import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report } from "../command.ts";

export const unknownLs = command({
  name: "unknown ls",
  summary: "Outputs whose provider has not said what became of them; their credits are held.",
  example: "cooly unknown ls",
  places: [],
  options: z.strictObject({}),
  async run({ json }, world) {
    const answer = await world.task("unknown-ls", {});
    const unknown = (answer["unknown"] ?? []) as { id: string; provider: string; task_id: string | null; credits: number; sent_at: string; why: string }[];
    return report(world, answer, {
      json,
      words: () => [
        `unknown ${unknown.length}, ${unknown.reduce((sum, { credits }) => sum + credits, 0)} credits held`,
        ...unknown.map(
          ({ id, provider, task_id, credits, sent_at, why }) => `  ${id}  ${sent_at}  ${provider} ${task_id ?? "(no task id)"}  ${credits} credits  ${why}`,
        ),
      ],
    });
  },
});

export const unknownWriteOff = command({
  name: "unknown write-off",
  summary: "Give the credits of unknown outputs back, for good: whatever the provider says later charges nobody.",
  example: 'cooly unknown write-off out_01m86q5d39ev1sgb95pvw0ckm7 --reason "the vendor has no record" --yes',
  places: ["...ids"],
  options: z.strictObject({
    ids: z.array(z.string()).default([]).meta({ description: "Outputs, by their ids (out_...)." }),
    reason: z.string().trim().min(1).max(500).meta({ description: "Why; it stands in the ledger." }),
    yes: z.boolean().default(false).meta({ description: "Do it without asking." }),
  }),
  async run({ json, ids, reason, yes }, world) {
    if (ids.length === 0) throw new Misuse("name the ids to write off; cooly unknown ls lists them");
    if (!yes) throw new Misuse(`this will give the credits of ${ids.length} unknown outputs back, for good; say --yes to do it`);
    const answer = await world.task("unknown-write-off", { ids, reason });
    const [done, refused] = [(answer["written_off"] ?? []) as string[], (answer["refused"] ?? []) as string[]];
    return report(world, answer, { json, words: () => [`${done.length} written off`, ...refused.map((id) => `  ${id} not: it is not unknown`)] });
  },
});
