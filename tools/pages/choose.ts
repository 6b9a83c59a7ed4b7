/** docs/operate/choose.md and its chart: what is said of topologies by hand, and what the planner says. */
import {
  assumed,
  chartOf,
  current,
  drawCostChart,
  makePlan,
  measured,
  needs,
  staleNote,
  staleWarnings,
  tableOf,
  Traffic,
  type Figure,
} from "@cooly/topology/plan";

const USERS = [50, 300, 1_000, 3_000];
const CHARTED = 1_000;

const days = current.map(({ readOn }) => readOn).toSorted();
/** The page is as old as its newest price, so that it is the same whenever it is made. */
const asOf = new Date(days.at(-1)!);
const period = `${days[0]!} and ${days.at(-1)!}`;

export const renderChooseChart = (): string =>
  drawCostChart(chartOf(Traffic.parse({ dailyUsers: CHARTED })), {
    title: "What each topology costs a month, in USD",
    note: staleNote(asOf) || `prices read between ${period}`,
  });

export function renderChoosePage(): string {
  const tables = USERS.map((dailyUsers) => {
    const plan = makePlan({ dailyUsers }, asOf);
    return `${tableOf(plan)}\n\n**${plan.recommendation.topology}.** ${plan.recommendation.reason}`;
  });
  return `# Which topology

Made by \`npm run gen\` from \`tools/pages/choose.ts\` and the planner; do not edit by hand.

| | embedded | managed | vps | hybrid |
|---|---|---|---|---|
| what it is | one process on one machine, with its own PostgreSQL | Vercel, Render, Supabase, SQS, Upstash, Backblaze B2 | everything on one server, under Docker or Dokploy | studio, API and database on Render, workers on a server |
| take it when | you try it, develop, or are a few people | nobody looks after servers, or traffic jumps | costs count and somebody can use a shell | studio, API and database are to be somebody else's care, and workers may cost little |
| think twice when | others depend on it | costs count: every part has a bill, and every GB that leaves one | an outage of some hours is a disaster | two places to look after are one too many |
| grows by | a larger machine | more instances, by themselves | a larger server, by hand | instances for the API, a larger server for workers |
| backups | copy its folder while it stands still | by Supabase; media lie in B2 | yours to make, and to try | by Render; media lie in B2 |
| stands open to the world | one port | Vercel and Render | 80 and 443 | Render; on the server nothing, or 443 |
| start | \`npm start\` | \`cooly env init managed\` | \`cooly env init vps\` | \`cooly env init hybrid\` |
| step by step | [README](../../README.md#start) | [managed](managed.md) | [vps](vps.md) | [hybrid](hybrid.md) |

Whichever it is: [security](security.md), and [troubleshooting](troubleshooting.md) for the night.

Whatever you take, it can be left: the same images run everywhere, \`cooly env map\` writes the other's variables, and media move [while people look at them](storage.md#moving-to-another-bucket-or-out-of-a-folder).

## What it costs

\`cooly plan --daily-users N\` reckons it for your traffic, \`--interactive\` asks, and administrators have sliders in the studio at \`/admin/plan\`.
Prices were read between ${period}, each with its source in \`packages/topology/src/plan/books/current.ts\`; \`cooly plan\` says which are more than 90 days old by now.
${staleWarnings(asOf)
  .map((warning) => `\n\\* ${warning}\n`)
  .join("")}
![What each topology costs a month, by daily users](choose.svg)

The same for four sizes: 5 generations of 2 pictures of 1.5 MB for each daily user, kept for a year, as the bill of the twelfth month. First the likely cost, in brackets the least and the most, before taxes.

${tables.join("\n\n")}

## What you insist on

\`--needs\` takes some of these, and the recommendation leaves out what they rule out.

| word | question | rules out | because |
|---|---|---|---|
${Object.entries(needs)
  .map(([word, { asks, rulesOut, because }]) => `| \`${word}\` | ${asks} | ${rulesOut.join(", ")} | ${because} |`)
  .join("\n")}

## What it is reckoned from

Measured, here or on this software:

${figures(measured)}

Assumed of people, as nobody can measure yours:

${figures(assumed)}

A machine counts as full at 70 % of its processors and 80 % of its memory and disk. Prices of the cheapest servers, which are often sold out, count for the least alone.

\`--prices guide\` answers with the prices and thresholds of the deployment options guide instead, and prints where those contradict each other.
`;
}

function figures(list: Readonly<Record<string, Figure>>): string {
  const rows = Object.values(list).map(
    ({ range: { least, middle, most }, unit, from }) => `| ${least === most ? middle : `${middle} (${least} to ${most})`} | ${unit} | ${from} |`,
  );
  return ["| figure | of what | from |", "|---|---|---|", ...rows].join("\n");
}
