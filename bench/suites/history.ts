/** The history of one user with a past: a page far back beside the first. */
import { toPublicId } from "@cooly/contract";
import { startServer, type RunningServer } from "../ground/servers.ts";
import { percentile, ratio, spreadAt } from "../report/figures.ts";
import { interleave, using, type Bench, type Suite } from "./suite.ts";

const LIMIT = 20;
const PAGES = [1, 5_000] as const;
const ASKED = 40;
const P50 = "p50, ms";
const sideOf = (page: number): string => `page ${page.toLocaleString("en")}`;

export const history: Suite = {
  name: "history",
  title: "History, by keyset",
  async run(bench) {
    const database = await bench.aged();
    const server = await startServer(bench.ground, { name: "server", database, roles: "api", flags: bench.serverFlags });
    return using([server], () => measure(bench, server));
  },
};

async function measure(bench: Bench, server: RunningServer) {
  const { ground, scale } = bench;
  const scenario = `${scale.past.toLocaleString("en")} rows of one user`;
  const cursors = new Map<number, string>();
  for (const page of PAGES) if (page > 1) cursors.set(page, await lastOfPage(bench, server.database, page - 1));
  const ask = async (page: number): Promise<number> => {
    const after = cursors.get(page);
    const startedMs = performance.now();
    const reply = await fetch(`http://127.0.0.1:${server.port}/v1/generations?limit=${LIMIT}${after ? `&after=${after}` : ""}`, {
      headers: { authorization: `Bearer ${ground.users[0]!.bearer}` },
    });
    const { data } = (await reply.json()) as { data: unknown[] };
    if (data.length !== LIMIT) throw new Error(`page ${page} has ${data.length} rows`);
    return performance.now() - startedMs;
  };
  for (const page of PAGES) for (let asked = 0; asked < ASKED; asked += 1) await ask(page);
  const samples = await interleave(bench, { sides: PAGES, what: "history" }, async (page, round) => {
    const took: number[] = [];
    for (let asked = 0; asked < ASKED * scale.jobs; asked += 1) took.push(await ask(page));
    return { scenario, side: sideOf(page), round, figures: { [P50]: percentile(took, 0.5), "p99, ms": percentile(took, 0.99) } };
  });
  const at = (page: number) => ({ scenario, side: sideOf(page), figure: P50 });
  return {
    samples,
    targets: [{ says: `history at ${scenario}: page 5,000 / page 1, p50`, bound: { atMost: 1.2 }, unit: "", measured: ratio(samples, at(5_000), at(1)) }],
    charts: [
      {
        file: "history",
        title: `A page of ${LIMIT} of the history, at ${scenario}: p50`,
        unit: "milliseconds, less is better",
        target: { value: spreadAt(samples, at(1)).median * 1.2, says: "target: 1.2 × page 1" },
        bars: PAGES.map((page) => ({ label: sideOf(page), ours: true, spread: spreadAt(samples, at(page)) })),
      },
    ],
    notes: [`Pages of ${LIMIT}, over HTTP, one after the other.`],
  };
}

async function lastOfPage({ ground }: Bench, database: string, page: number): Promise<string> {
  const client = await ground.connect(database);
  const { rows } = await client
    .query<{ id: string }>("select id from generations where account_id = $1 order by id desc offset $2 limit 1", [
      ground.users[0]!.accountId,
      page * LIMIT - 1,
    ])
    .finally(() => client.end());
  return toPublicId("generation", rows[0]!.id);
}
