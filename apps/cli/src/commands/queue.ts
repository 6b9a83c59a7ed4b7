import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report, type Answer, type World } from "../command.ts";
import { wholeNumber } from "../options.ts";

const SHOWN = 20;
const cause = z.string().optional().meta({ description: "Only those with this cause." });
const which = {
  ids: z.array(z.string()).default([]).meta({ description: "Outputs, by their ids (out_...)." }),
  cause,
  all: z.boolean().default(false).meta({ description: "All of them." }),
  yes: z.boolean().default(false).meta({ description: "Do it without asking." }),
};

interface Forecast {
  readonly groups: readonly { cause: string; model: string; count: number; credits: number; impossible: number }[];
  readonly count: number;
  readonly retry_credits: number;
  readonly cannot_pay: readonly { account: string; count: number; credits: number; available: number }[];
}
const forecastOf = (answer: Answer): Forecast => answer as unknown as Forecast;

export const queueLs = command({
  name: "queue ls",
  summary: "What waits in the queue, the dead letters by cause and model, and what a retry of them costs now.",
  example: "cooly queue ls --cause provider_unreachable",
  places: [],
  options: z.strictObject({
    cause,
    limit: wholeNumber(`How many letters are listed, oldest first: ${SHOWN}, or 1000 with --json.`, { min: 0, max: 100_000 }).optional(),
  }),
  async run({ json, limit, ...options }, world) {
    const answer = await world.task("queue-ls", { ...options, limit: limit ?? (json ? 1_000 : SHOWN) });
    const letters = (answer["letters"] ?? []) as { id: string; cause: string; attempts: number; created_at: string; message: string }[];
    const depth = answer["depth"] as { waiting?: number; setAside?: number; away?: string } | undefined;
    const words = (): string[] => {
      const { groups, count, retry_credits, cannot_pay } = forecastOf(answer);
      return [
        `waiting      ${depth?.away === undefined ? (depth?.waiting ?? 0) : `not known: ${depth.away}`}`,
        ...(depth?.setAside ? [`set aside    ${depth.setAside}, which cooly queue redrive puts back`] : []),
        `dead letters ${count}${count === 0 ? "" : `, a retry of all reserves ${retry_credits} credits now`}`,
        ...groups.map((group) => {
          const impossible = group.impossible === 0 ? "" : `   ${group.impossible} cannot be made again`;
          return `  ${group.cause.padEnd(24)} ${group.model.padEnd(20)} ${String(group.count).padStart(6)}   ${group.credits} credits${impossible}`;
        }),
        ...(cannot_pay.length === 0 ? [] : [`accounts that cannot pay for theirs: ${cannot_pay.length}`]),
        ...cannot_pay.slice(0, SHOWN).map((one) => `  ${one.account}  ${one.count} for ${one.credits} credits, has ${one.available}`),
        ...letters.map((letter) => `  ${letter.id}  ${letter.created_at}  ${letter.cause}  after ${letter.attempts}  ${letter.message}`),
        ...(letters.length < count ? [`  and ${count - letters.length} more; --limit lists them`] : []),
      ];
    };
    return report(world, answer, { json, words });
  },
});

interface Wish {
  readonly ids: readonly string[];
  readonly cause?: string | undefined;
  readonly all: boolean;
  readonly yes: boolean;
}

function insistOnNames({ ids, cause: given, all }: Wish, what: string): void {
  if (ids.length === 0 && given === undefined && !all) throw new Misuse(`name the ids to ${what}, or --cause, or --all`);
}

const nameAll = ({ ids, cause: given, all }: Wish): string =>
  all ? "all dead letters" : given === undefined ? `${ids.length} of them` : `those with the cause ${given}`;

/** What nobody has said yes to yet, in figures. */
async function describeRetry(world: World, { ids, cause: given }: Wish): Promise<string> {
  const answer = await world.task("queue-ls", { ids, cause: given, limit: 0 });
  if (!answer.ok) return answer.message ?? "no";
  const { count, retry_credits, cannot_pay, groups } = forecastOf(answer);
  const impossible = groups.reduce((sum, group) => sum + group.impossible, 0);
  const notes = [
    ...(cannot_pay.length === 0 ? [] : [`${cannot_pay.length} accounts cannot pay for all of theirs`]),
    ...(impossible === 0 ? [] : [`${impossible} cannot be made again`]),
  ];
  return `this will retry ${count} outputs for ${retry_credits} credits${notes.map((note) => `; ${note}`).join("")}; say --yes to do it`;
}

export const queueRetry = command({
  name: "queue retry",
  summary: "Make the outputs of dead letters again, each under a new hold of its account. Ctrl-C stops it; the next run goes on.",
  example: "cooly queue retry --cause provider_unreachable --rate 5 --yes",
  places: ["...ids"],
  options: z.strictObject({ ...which, rate: wholeNumber("How many a second, at most.", { min: 1, max: 1_000 }).default(20) }),
  async run({ json, ...options }, world) {
    insistOnNames(options, "retry");
    if (!options.yes) throw new Misuse(await describeRetry(world, options));
    const answer = await world.task("queue-retry", options, ({ done, total, refused }) =>
      world.progress(`${String(done)} of ${String(total)}, ${String(refused)} refused`),
    );
    const retried = (answer["retried"] ?? []) as { id: string; generation: string }[];
    const refused = (answer["refused"] ?? []) as { id: string; why: string }[];
    return report(world, answer, {
      json,
      words: () => [
        ...retried.slice(0, SHOWN).map(({ id, generation }) => `${id} -> ${generation}`),
        ...(retried.length > SHOWN ? [`and ${retried.length - SHOWN} more`] : []),
        ...refused.slice(0, SHOWN).map(({ id, why }) => `${id} not: ${why}`),
        ...(refused.length > SHOWN ? [`and ${refused.length - SHOWN} more not`] : []),
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
    insistOnNames(options, "discard");
    if (!options.yes) throw new Misuse(`this will discard ${nameAll(options)}; say --yes to do it`);
    const answer = await world.task("queue-discard", options);
    return report(world, answer, { json, words: () => [`${String(answer["discarded"])} discarded`] });
  },
});
