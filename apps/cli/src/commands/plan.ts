import { chartOf, describeGuidePlan, describePlan, drawCostChart, makeGuidePlan, makePlan, staleNote, type ChartWords, type Plan } from "@cooly/topology/plan";
import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, type World } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { askTraffic } from "./plan-questions.ts";
import { decimal, perKind, someNeeds, type PartialTraffic } from "./plan-options.ts";

const PEOPLE_MAX = 10_000_000;

export const plan = command({
  name: "plan",
  summary: "What each topology costs a month for this traffic, what is full first, which one to take, and from where on another.",
  example: "cooly plan --daily-users 1000",
  places: [],
  options: z.strictObject({
    dailyUsers: wholeNumber("Different people on a usual day.", { min: 1, max: PEOPLE_MAX }).optional(),
    prices: z
      .enum(["current", "guide"], { error: "must be current or guide" })
      .default("current")
      .meta({ description: "current: as last read, with day and source. guide: those of the deployment options guide." }),
    generations: decimal("Generations of one person a day. Default: 5.", { max: 10_000 }).optional(),
    outputs: decimal("Outputs of one generation. Default: 2.", { min: 1, max: 100 }).optional(),
    kinds: perKind("How outputs divide, such as image=80,video=15,audio=5. Default: images alone.").optional(),
    sizes: perKind("MB of one output, such as image=1.5,video=12. Defaults: image 1.5, video 12, audio 1.").optional(),
    views: decimal("How often an output is looked at or downloaded. Default: 3.", { max: 1_000_000 }).optional(),
    retentionDays: wholeNumber("How long media are kept. Default: 365.", { min: 1, max: 36_500 }).optional(),
    months: wholeNumber("The month whose bill it is; until then media pile up. Default: 12.", { min: 1, max: 120 }).optional(),
    region: z.enum(["eu", "us"], { error: "must be eu or us" }).optional().meta({ description: "Where servers are rented: eu (default) or us." }),
    currency: z
      .string()
      .transform((word) => word.toUpperCase())
      .pipe(z.enum(["USD", "EUR"], { error: "must be usd or eur" }))
      .optional()
      .meta({ description: "usd (default) or eur." }),
    seats: wholeNumber("People who deploy, where each is paid for. Default: 1.", { min: 1, max: 1_000 }).optional(),
    queue: z
      .enum(["sqs", "bullmq"], { error: "must be sqs or bullmq" })
      .optional()
      .meta({ description: "What carries the work in the managed topology. Default: sqs." }),
    objectStore: z.enum(["garage", "seaweedfs", "external"], { error: "must be garage, seaweedfs or external" }).optional().meta({
      description: "Who keeps media: an S3 server on your own machine, or a bucket elsewhere. Default: of vps the cheaper one, of hybrid external.",
    }),
    network: z
      .enum(["outbound", "tls", "tunnel", "allowlist"], { error: "must be outbound, tls, tunnel or allowlist" })
      .optional()
      .meta({ description: "Of hybrid: how its two sides meet: outbound (default), tls, tunnel or allowlist." }),
    needs: someNeeds.optional(),
    svg: z.string().optional().meta({ description: "Write a chart of costs by daily users to this file." }),
    interactive: z.boolean().default(false).meta({ description: "Ask, question by question." }),
  }),
  async run({ json, prices, svg, interactive, ...given }, world) {
    const traffic = interactive ? await askTraffic(world, inputOf(given)) : inputOf(given);
    const { dailyUsers } = traffic;
    if (dailyUsers === undefined) throw new Misuse("--daily-users is missing; --interactive asks for it");
    if (prices === "guide") return sayGuide(world, dailyUsers, { json, svg });
    const made = makePlan({ ...traffic, dailyUsers }, world.now());
    if (svg !== undefined) await world.writeFile(svg, drawCostChart(chartOf(made.traffic), wordsOf(made, world.now())), { mode: 0o644 });
    if (json) world.print(JSON.stringify(made));
    else for (const line of [...describePlan(made), ...(svg === undefined ? [] : [`wrote ${svg}`])]) world.print(line);
    return 0;
  },
});

type Given = Readonly<Record<string, unknown>>;

/** Options by the planner's names, without those that nobody gave. */
function inputOf({ generations, outputs, kinds: shares, sizes, views, ...rest }: Given): PartialTraffic {
  const none = { image: 0, video: 0, audio: 0 };
  const usual = { image: 1.5, video: 12, audio: 1 };
  const all: Given = {
    ...rest,
    generationsPerUser: generations,
    outputsPerGeneration: outputs,
    viewsPerOutput: views,
    ...(shares ? { shares: { ...none, ...(shares as object) } } : {}),
    ...(sizes ? { sizes: { ...usual, ...(sizes as object) } } : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as PartialTraffic;
}

const wordsOf = ({ traffic }: Plan, today: Date): ChartWords => ({
  title: `What each topology costs a month, in ${traffic.currency}`,
  note: staleNote(today),
});

/** The guide knows daily users only, and has no chart. */
function sayGuide(world: World, dailyUsers: number, { json, svg }: { json: boolean; svg: string | undefined }): number {
  if (svg !== undefined) throw new Misuse("--svg draws current prices; the guide has four steps and no curve");
  const made = makeGuidePlan(dailyUsers);
  if (json) world.print(JSON.stringify({ prices: "guide", ...made }));
  else for (const line of describeGuidePlan(made)) world.print(line);
  return 0;
}
