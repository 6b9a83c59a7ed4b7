/** Large results on their way from a provider to storage, and the memory of the worker that moves them. */
import { rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { startServer, type RunningServer } from "../ground/servers.ts";
import { startLargeFiles, type LargeFiles } from "../load/large-files.ts";
import { memoryOf } from "../readings/cost.ts";
import { spreadAt } from "../report/figures.ts";
import { using, type Bench, type Measured, type Suite } from "./suite.ts";

const MIB = 1024 * 1024;
const FILES = 100;
const FILE_BYTES = 200_000_000;
/** Outputs of one generation. */
const EACH = 10;
// Each lies in the scratch folder until it is in storage; from there the suite removes it.
const ROOM_BYTES = 2.2 * FILES * FILE_BYTES;
const PATIENCE_MS = 1_200_000;
const GROWTH = "memory growth, MiB";
const SCENARIO = `${FILES} files of ${FILE_BYTES / 1_000_000} MB at once`;

export const moving: Suite = {
  name: "moving",
  title: "Large files from provider to storage",
  long: true,
  async run(bench) {
    await insistOnRoom(bench.ground.home);
    const provider = await startLargeFiles({ bytes: FILE_BYTES, together: FILES });
    return using([provider], async () => {
      await bench.ground.database("moving", "cooly");
      const environment = { SIMULATOR_URL: provider.url, GEN_WORKER_CONCURRENCY: String(FILES) };
      const server = await startServer(bench.ground, {
        name: "server",
        database: "moving",
        roles: "api,relay,gen,sweeper",
        flags: bench.serverFlags,
        environment,
      });
      return using([server], () => measure(bench, { server, provider }));
    });
  },
};

async function insistOnRoom(home: string): Promise<void> {
  const { bavail, bsize } = await statfs(home);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(0);
  if (bavail * bsize < ROOM_BYTES)
    throw new Error(`moving needs ${gigabytes(ROOM_BYTES)} GB of disk and ${home} has ${gigabytes(bavail * bsize)}; set TMPDIR to a folder with more`);
}

async function measure(bench: Bench, { server, provider }: { server: RunningServer; provider: LargeFiles }): Promise<Measured> {
  bench.say(`moving: ${SCENARIO}`);
  const before = memoryOf(server.pid);
  const startedMs = performance.now();
  for (let left = FILES; left > 0; left -= EACH) await submit(bench, server, Math.min(EACH, left));
  const db = await bench.ground.connect("moving");
  try {
    await untilStored(bench, db);
  } finally {
    await db.end();
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const after = memoryOf(server.pid);
  const figures = { "MiB/s": (FILES * FILE_BYTES) / MIB / seconds, ...(before && after && { [GROWTH]: (after.most - before.now) / MIB }) };
  const samples = [{ scenario: SCENARIO, side: "server", round: 1, figures }];
  const says = `memory growth while moving ${SCENARIO}`;
  const targets = before
    ? [{ says, bound: { atMost: 64 }, unit: "MiB", measured: spreadAt(samples, { scenario: SCENARIO, side: "server", figure: GROWTH }) }]
    : [];
  const notes = [
    `One process. No file went further than its beginning before all ${FILES} were asked for; ${provider.sent()} left, over HTTP, and every byte of ${FILES} was stored.`,
  ];
  return { samples, targets, charts: [], notes };
}

/** What is in storage is counted by its size, and goes at once: the disk holds no more than it must. */
async function untilStored({ ground }: Bench, db: pg.Client): Promise<void> {
  const stored = new Set<string>();
  for (const deadlineMs = performance.now() + PATIENCE_MS; stored.size < FILES; await sleep(200)) {
    if (performance.now() > deadlineMs) throw new Error(`${stored.size} of ${FILES} files were moved in time`);
    const { rows } = await db.query<{ state: string; key: string | null }>("select state, storage_key as key from outputs where settled_at is not null");
    for (const { state, key } of rows) {
      if (state !== "delivered" || key === null) throw new Error(`an output is ${state}`);
      if (stored.has(key)) continue;
      const path = join(ground.home, "media", key);
      const { size } = await stat(path);
      if (size !== FILE_BYTES) throw new Error(`${size} of ${FILE_BYTES} bytes are in storage`);
      await rm(path);
      stored.add(key);
    }
  }
}

async function submit({ ground }: Bench, { port }: RunningServer, outputs: number): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${port}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${ground.users[1]!.bearer}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sim/sync", input: { prompt: "a lighthouse" }, outputs }),
  });
  if (reply.status !== 202) throw new Error(`a request was answered ${reply.status}`);
}
