/** Ten thousand event streams on one process. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, end, start } from "../ground/processes.ts";
import { startServer, type RunningServer } from "../ground/servers.ts";
import type { Reached, StreamTask } from "../load/streams.ts";
import { memoryOf } from "../readings/cost.ts";
import { percentile, spreadAt } from "../report/figures.ts";
import { using, type Bench, type Measured, type Suite } from "./suite.ts";

const CLIENTS = 10_000;
const SCENARIO = `${CLIENTS.toLocaleString("en")} clients of 256 users`;
const SIDE = "API";
const KIB = 1024;
const MEMORY = "memory each, KiB";
const P99 = "request to event: p99, ms";
const SETTLE_MS = 3_000;

const body = JSON.stringify({ model: "demo/painter", input: { prompt: "a lighthouse" }, outputs: 1 });

export const streams: Suite = {
  name: "streams",
  title: "Event streams",
  long: true,
  async run(bench) {
    await bench.ground.database("streams", "cooly");
    const server = await startServer(bench.ground, { name: "server", database: "streams", roles: "api", flags: bench.serverFlags });
    return using([server], async () => {
      const load = start("load/streams.ts");
      return using([{ close: () => end(load) }], () => measure(bench, { server, load }));
    });
  },
};

async function measure({ ground, say }: Bench, { server, load }: { server: RunningServer; load: ChildProcess }): Promise<Measured> {
  const bearers = ground.users.map(({ bearer }) => bearer);
  const task = (what: StreamTask): StreamTask => what;
  // The first requests of each user are not about streams.
  await ask<Reached>(load, task({ do: "open", port: server.port, bearers, count: bearers.length }));
  await ask<Reached>(load, task({ do: "post", port: server.port, bearers, body }));
  await sleep(SETTLE_MS);
  const before = memoryOf(server.pid);
  say(`streams: ${CLIENTS} clients`);
  await ask(load, task({ do: "open", port: server.port, bearers, count: CLIENTS - bearers.length }));
  await sleep(SETTLE_MS);
  const after = memoryOf(server.pid);
  const { tookMs, missing } = await ask<Reached>(load, task({ do: "post", port: server.port, bearers, body }));
  if (missing > 0) throw new Error(`${missing} clients missed an event`);
  const figures = {
    ...(before && after && { [MEMORY]: (after.now - before.now) / KIB / (CLIENTS - bearers.length) }),
    "request to event: p50, ms": percentile(tookMs, 0.5),
    [P99]: percentile(tookMs, 0.99),
  };
  const samples = [{ scenario: SCENARIO, side: SIDE, round: 1, figures }];
  const at = (figure: string) => ({ scenario: SCENARIO, side: SIDE, figure });
  return {
    samples,
    targets: [
      ...(before
        ? [{ says: "10,000 event streams on one process: memory each", bound: { atMost: 25 }, unit: "KiB", measured: spreadAt(samples, at(MEMORY)) }]
        : []),
      { says: "10,000 event streams: an event reaches its client, p99", bound: { atMost: 100 }, unit: "ms", measured: spreadAt(samples, at(P99)) },
    ],
    charts: [],
    notes: [
      `The time runs from before the request that causes the event, so an accept is in it; ${tookMs.length.toLocaleString("en")} arrivals, none missing. The clients are on the same cores.`,
    ],
  };
}
