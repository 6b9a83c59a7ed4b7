/** What an installation costs while nobody is there. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { startServer } from "../ground/servers.ts";
import { cpuOf } from "../readings/cost.ts";
import { countStatements, logStatements } from "../readings/statements.ts";
import { spreadAt, type Sample } from "../report/figures.ts";
import { livesInRedis, openSide, using, type Bench, type Suite } from "./suite.ts";
import type { SideName } from "../sides/side.ts";

const OTHERS: readonly SideName[] = ["graphile-worker", "pg-boss", "bullmq-postgres", "bullmq-redis"];
const COOLY = "Cooly, all roles";
const SCENARIO = "nobody there";
const QUERIES = "queries/s";
const CPU = "CPU of process and database, %";
const PER_HOUR = "queries or commands per hour";
const SETTLE_MS = 4_000;

interface Idler {
  readonly title: string;
  /** Null: it lives in Redis. */
  readonly database: string | null;
  readonly pid: number;
  close(): Promise<void>;
}

export const idle: Suite = {
  name: "idle",
  title: "Idle cost",
  async run(bench) {
    const seconds = bench.scale.quick ? 8 : 60;
    return using(await openIdlers(bench), async (idlers) => {
      await sleep(SETTLE_MS);
      bench.say(`idle: ${seconds} s`);
      const samples = await watch(bench, idlers, seconds);
      const at = (figure: string) => ({ scenario: SCENARIO, side: COOLY, figure });
      return {
        samples,
        targets: [
          { says: "idle: queries/s in all", bound: { atMost: 1 }, unit: "", measured: spreadAt(samples, at(QUERIES)) },
          { says: "idle: CPU of one core, in all", bound: { atMost: 0.5 }, unit: "%", measured: spreadAt(samples, at(CPU)) },
        ],
        charts: [
          {
            file: "idle",
            title: "Idle: queries or commands",
            unit: "per hour, less is better",
            target: { value: 3600, says: "target: at most 1 per second" },
            bars: idlers.map(({ title }) => ({
              label: title,
              ours: title === COOLY,
              spread: spreadAt(samples, { scenario: SCENARIO, side: title, figure: PER_HOUR }),
            })),
          },
        ],
        notes: [
          `All at once for ${seconds} s, each on its own database; statements are counted in PostgreSQL's log, commands by Redis. The others run one worker of one queue.`,
        ],
      };
    });
  },
};

async function openIdlers(bench: Bench): Promise<Idler[]> {
  const { ground } = bench;
  await ground.database("idle_cooly", "cooly");
  await logStatements(ground, "idle_cooly");
  const server = startServer(ground, { name: COOLY, database: "idle_cooly", roles: "api,relay,gen,capture,sweeper" });
  const others = OTHERS.filter((name) => !livesInRedis(name) || ground.redis).map((name) => openOther(bench, name));
  return Promise.all([server.then((opened) => ({ ...opened, title: COOLY })), ...others]);
}

async function openOther(bench: Bench, name: SideName): Promise<Idler> {
  if (!livesInRedis(name)) {
    const database = `idle_${name.replaceAll("-", "_")}`;
    await bench.ground.database(database, "empty");
    await logStatements(bench.ground, database);
  }
  const side = await openSide(bench, name, { prefix: "idle" });
  await side.do({ do: "idle" });
  return side;
}

async function watch({ ground }: Bench, idlers: readonly Idler[], seconds: number): Promise<Sample[]> {
  const redis = ground.redis ? new Redis(ground.redis.url) : null;
  const commands = async (): Promise<number> => Number(/total_commands_processed:(\d+)/.exec((await redis?.info("stats")) ?? "")?.[1] ?? 0);
  const pids = new Map<Idler, readonly number[]>();
  for (const idler of idlers) pids.set(idler, [idler.pid, ...(await backendsOf(idler, { ground }))]);
  const before = { commands: await commands(), cpuMs: new Map([...pids.values()].flat().map((pid) => [pid, cpuOf([pid])])) };
  const counted = await countStatements(ground, () => sleep(seconds * 1000));
  // A connection that was closed meanwhile says nothing any more.
  const spentBy = (pid: number): number => Math.max(0, cpuOf([pid]) - before.cpuMs.get(pid)!);
  const spentMs = idlers.map((idler) => pids.get(idler)!.reduce((sum, pid) => sum + spentBy(pid), 0));
  // The question itself is one.
  const asked = (await commands()) - before.commands - 1;
  redis?.disconnect();
  return idlers.map(({ title, database }, at) => {
    const queries = database ? counted.of(database) : asked;
    const figures = { [QUERIES]: queries / seconds, [PER_HOUR]: (queries / seconds) * 3600, [CPU]: spentMs[at]! / seconds / 10 };
    return { scenario: SCENARIO, side: title, round: 1, figures };
  });
}

async function backendsOf({ database }: Idler, { ground }: Pick<Bench, "ground">): Promise<number[]> {
  if (!database) return [ground.redis!.pid];
  const { rows } = await ground.admin.query<{ pid: number }>("select pid from pg_stat_activity where datname = $1", [database]);
  return rows.map(({ pid }) => pid);
}
