import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report } from "../command.ts";

const cause = z.string().optional().meta({ description: "Only those with this cause." });
const which = {
  ids: z.array(z.string()).default([]).meta({ description: "Outputs, by their ids (out_...)." }),
  cause,
  all: z.boolean().default(false).meta({ description: "All of them." }),
  yes: z.boolean().default(false).meta({ description: "Do it without asking." }),
};

export const queueLs = command({
  name: "queue ls",
  summary: "What waits in the queue, and the dead letters by cause.",
  example: "cooly queue ls --cause provider_unreachable",
  places: [],
  options: z.strictObject({ cause }),
  async run({ json, ...options }, world) {
    const answer = await world.task("queue-ls", options);
    const groups = (answer["groups"] ?? []) as { cause: string; count: number; credits: number }[];
    const letters = (answer["letters"] ?? []) as { id: string; cause: string; attempts: number; created_at: string; message: string }[];
    const depth = answer["depth"] as { waiting: number } | undefined;
    return report(world, answer, {
      json,
      words: () => [
        `waiting      ${depth?.waiting ?? 0}`,
        `dead letters ${groups.reduce((sum, { count }) => sum + count, 0)}`,
        ...groups.map((group) => `  ${group.cause.padEnd(24)} ${String(group.count).padStart(6)}   a retry reserves ${group.credits} credits`),
        ...letters.map((letter) => `  ${letter.id}  ${letter.created_at}  ${letter.cause}  after ${letter.attempts}  ${letter.message}`),
      ],
    });
  },
});

function insist({ ids, cause: given, all, yes }: { ids: readonly string[]; cause?: string | undefined; all: boolean; yes: boolean }, what: string): void {
  if (ids.length === 0 && given === undefined && !all) throw new Misuse(`name the ids to ${what}, or --cause, or --all`);
  if (!yes)
    throw new Misuse(
      `this will ${what} ${all ? "all dead letters" : given === undefined ? `${ids.length} of them` : `those with the cause ${given}`}; say --yes to do it`,
    );
}

export const queueRetry = command({
  name: "queue retry",
  summary: "Make the outputs of dead letters again, each under a new hold of its account.",
  example: "cooly queue retry --cause provider_unreachable --yes",
  places: ["...ids"],
  options: z.strictObject(which),
  async run({ json, ...options }, world) {
    insist(options, "retry");
    const answer = await world.task("queue-retry", options);
    const [retried, refused] = [answer["retried"] as { id: string; generation: string }[], answer["refused"] as { id: string; why: string }[]];
    return report(world, answer, {
      json,
      words: () => [
        ...retried.map(({ id, generation }) => `${id} -> ${generation}`),
        ...refused.map(({ id, why }) => `${id} not: ${why}`),
        `${retried.length} retried, ${refused.length} refused`,
      ],
    });
  },
});

export const queueDiscard = command({
  name: "queue discard",
  summary: "Close dead letters without making them again.",
  example: 'cooly queue discard --all --reason "the model is gone" --yes',
  places: ["...ids"],
  options: z.strictObject({ ...which, reason: z.string().default("discarded by an operator").meta({ description: "Why; it is kept with them." }) }),
  async run({ json, ...options }, world) {
    insist(options, "discard");
    const answer = await world.task("queue-discard", options);
    return report(world, answer, { json, words: () => [`${String(answer["discarded"])} discarded`] });
  },
});
