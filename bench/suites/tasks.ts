/** A thousand films that run at a provider, and the memory of the one worker that looks after them. */
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, type RunningServer } from "../ground/servers.ts";
import { memoryOf } from "../readings/cost.ts";
import { spreadAt } from "../report/figures.ts";
import { startSimulator, type Simulator } from "../../test/simulator/src/index.ts";
import { using, type Bench, type Measured, type Suite } from "./suite.ts";

const TASKS = 1_000;
const EACH = 16;
const TASK_MS = 60_000;
const PATIENCE_MS = 300_000;
const MIB = 1024 * 1024;
const SCENARIO = "films of 60 s, one worker process";
const SIDE = "gen and capture worker";
const MEMORY = "memory while they run, MiB";
const RUNNING = "running at once";

export const tasks: Suite = {
  name: "tasks",
  title: "Running remote tasks",
  long: true,
  async run(bench) {
    const simulator = await startSimulator({ plan: { latency_ms: [TASK_MS, TASK_MS] } });
    return using([simulator], async () => {
      await bench.ground.database("tasks", "cooly");
      const common = { database: "tasks", environment: { SIMULATOR_URL: simulator.url } };
      const front = await startServer(bench.ground, { ...common, name: "front", roles: "api,relay,sweeper" });
      return using([front], async () => {
        const environment = { ...common.environment, PUBLIC_URL: `http://127.0.0.1:${front.port}` };
        const worker = await startServer(bench.ground, { ...common, environment, name: "worker", roles: "gen,capture" });
        return using([worker], () => measure(bench, { front, worker, simulator }));
      });
    });
  },
};

interface House {
  readonly front: RunningServer;
  readonly worker: RunningServer;
  readonly simulator: Simulator;
}

async function measure(bench: Bench, { front, worker, simulator }: House): Promise<Measured> {
  bench.say(`tasks: ${TASKS} at once`);
  const count = (what: string): number => simulator.log().filter((entry) => entry.what === what).length;
  for (let left = TASKS; left > 0; left -= EACH) await submit(bench, front, Math.min(EACH, left));
  await until(() => count("accepted") === TASKS, `the provider has ${TASKS} tasks`);
  const running = TASKS - count("billed");
  const whileRunning = memoryOf(worker.pid);
  const db = await bench.ground.connect("tasks");
  const open = async (): Promise<number> => (await db.query("select from work")).rows.length;
  await until(async () => (await open()) === 0, "every task has ended");
  const { rows } = await db.query<{ delivered: number }>("select count(*)::int as delivered from outputs where state = 'delivered'").finally(() => db.end());
  if (rows[0]!.delivered !== TASKS) throw new Error(`${rows[0]!.delivered} of ${TASKS} outputs were delivered`);
  const most = memoryOf(worker.pid);
  const figures = {
    [RUNNING]: running,
    ...(whileRunning && most && { [MEMORY]: whileRunning.now / MIB, "most memory, until all are delivered, MiB": most.most / MIB }),
  };
  const samples = [{ scenario: SCENARIO, side: SIDE, round: 1, figures }];
  const at = (figure: string) => ({ scenario: SCENARIO, side: SIDE, figure });
  return {
    samples,
    targets: [
      { says: "running remote tasks of one worker process", bound: { atLeast: TASKS }, unit: "", measured: spreadAt(samples, at(RUNNING)) },
      ...(whileRunning ? [{ says: "memory of that process meanwhile", bound: { atMost: 256 }, unit: "MiB", measured: spreadAt(samples, at(MEMORY)) }] : []),
    ],
    charts: [],
    notes: [
      "Submitted over HTTP to a server with the other roles; the provider simulator runs them and ends each with a webhook; until then each is looked at every 30 s. All were delivered by this process.",
    ],
  };
}

async function submit({ ground }: Bench, { port }: RunningServer, outputs: number): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${port}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${ground.users[1]!.bearer}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sim/film", input: { prompt: "a lighthouse" }, outputs }),
  });
  if (reply.status !== 202) throw new Error(`a request was answered ${reply.status}`);
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadlineMs = Date.now() + PATIENCE_MS; Date.now() < deadlineMs; await sleep(200)) if (await isSo()) return;
  throw new Error(`waited in vain until ${what}`);
}
