/** Large results on their way from a provider to storage, and the memory of the worker that moves them. */
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, type RunningServer } from "../ground/servers.ts";
import { startLargeFiles, type LargeFiles } from "../load/large-files.ts";
import { memoryOf } from "../readings/cost.ts";
import { spreadAt } from "../report/figures.ts";
import { using, type Bench, type Measured, type Suite } from "./suite.ts";

const MIB = 1024 * 1024;
// Larger ones are refused today, and a hundred would not fit into the memory of most machines.
const FILES = 10;
const FILE_MIB = 48;
const PATIENCE_MS = 120_000;
const GROWTH = "memory growth, MiB";

export const moving: Suite = {
  name: "moving",
  title: "Large files from provider to storage",
  long: true,
  async run(bench) {
    const provider = await startLargeFiles(FILE_MIB * MIB);
    return using([provider], async () => {
      await bench.ground.database("moving", "cooly");
      const environment = { SIMULATOR_URL: provider.url, GEN_WORKER_CONCURRENCY: String(FILES) };
      const server = await startServer(bench.ground, { name: "server", database: "moving", roles: "api,relay,gen,sweeper", environment });
      return using([server], () => measure(bench, { server, provider }));
    });
  },
};

async function measure(bench: Bench, { server, provider }: { server: RunningServer; provider: LargeFiles }): Promise<Measured> {
  const scenario = `${FILES} files of ${FILE_MIB} MiB at once`;
  bench.say(`moving: ${scenario}`);
  const before = memoryOf(server.pid);
  const startedMs = performance.now();
  await submit(bench, server);
  const db = await bench.ground.connect("moving");
  try {
    const settled = async (): Promise<boolean> => (await db.query("select from work")).rows.length === 0;
    while (!(await settled())) {
      if (performance.now() - startedMs > PATIENCE_MS) throw new Error("the files were not moved in time");
      await sleep(100);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const { rows } = await db.query<{ moved: number }>("select count(*)::int as moved from outputs where state = 'delivered' and bytes = $1", [FILE_MIB * MIB]);
    if (rows[0]!.moved !== FILES) throw new Error(`${rows[0]!.moved} of ${FILES} files are in storage`);
    const after = memoryOf(server.pid);
    const figures = { "MiB/s": (FILES * FILE_MIB) / seconds, ...(before && after && { [GROWTH]: (after.most - before.now) / MIB }) };
    const samples = [{ scenario, side: "server", round: 1, figures }];
    const says = `memory growth while moving ${scenario} (wanted of 100 of 200 MB)`;
    const targets = before ? [{ says, bound: { atMost: 64 }, unit: "MiB", measured: spreadAt(samples, { scenario, side: "server", figure: GROWTH }) }] : [];
    return { samples, targets, charts: [], notes: [`All ${provider.sent()} went over HTTP, and every byte of each was stored.`] };
  } finally {
    await db.end();
  }
}

async function submit({ ground }: Bench, { port }: RunningServer): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${port}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${ground.users[1]!.bearer}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sim/sync", input: { prompt: "a lighthouse" }, outputs: FILES }),
  });
  if (reply.status !== 202) throw new Error(`a request was answered ${reply.status}`);
}
