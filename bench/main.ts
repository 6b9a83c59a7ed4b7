/** `npm run bench [-- --quick --write --suite NAME ...]`: what Cooly costs beside its peers, in one run. docs/develop/benchmarks.md says more. */
import { parseArgs } from "node:util";
import { giveAPast } from "./ground/aged.ts";
import { verifyAll } from "./ground/books.ts";
import { openGround, type Ground } from "./ground/ground.ts";
import { NO_REDIS } from "../test/servers/redis.ts";
import { readMachine } from "./readings/machine.ts";
import { toTerminal, writePage, writeResults, type Report } from "./report/results.ts";
import { suites } from "./suites/index.ts";
import type { Bench, Scale, Suite } from "./suites/suite.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    suite: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    seconds: { type: "string" },
    past: { type: "string" },
    /** Passed to the server's Node, for profiles: `--server-flag=--cpu-prof`. */
    "server-flag": { type: "string", multiple: true, default: [] },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readScale(): Scale {
  const { quick } = options;
  const number = (given: string | undefined, fallback: number): number => (given === undefined ? fallback : Number(given));
  const scale = {
    quick,
    rounds: number(options.rounds, quick ? 3 : 5),
    seconds: number(options.seconds, quick ? 0.8 : 4),
    past: number(options.past, quick ? 100_000 : 1_000_000),
    jobs: quick ? 1 : 5,
  };
  if (!Number.isInteger(scale.rounds) || scale.rounds < 1 || !(scale.seconds > 0) || !(scale.past >= 100_000))
    throw new Error("--rounds is a whole number from 1, --seconds a number above 0 and --past one from 100000");
  return scale;
}

function chooseSuites(): readonly Suite[] {
  const unknown = options.suite.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new Error(`there is no suite ${unknown.join(", ")}; the suites are ${suites.map(({ name }) => name).join(", ")}`);
  if (options.suite.length > 0) return suites.filter(({ name }) => options.suite.includes(name));
  return suites.filter(({ long }) => !(options.quick && long));
}

function benchOn(ground: Ground, scale: Scale): Bench {
  let aged: Promise<string> | null = null;
  const age = async (): Promise<string> => {
    say(`Making a past of ${scale.past.toLocaleString("en")} generations ...`);
    say(`  that took ${(await giveAPast(ground, "aged", scale.past)).toFixed(0)} s`);
    return "aged";
  };
  return { ground, scale, serverFlags: options["server-flag"], say, aged: () => (aged ??= age()) };
}

async function runAll(ground: Ground, chosen: readonly Suite[]): Promise<{ report: Report; broken: readonly string[] }> {
  const machine = await readMachine(ground);
  if (!ground.redis) say(`BullMQ on Redis is left out: ${NO_REDIS}.`);
  const bench = benchOn(ground, readScale());
  const measured: Report["suites"][number][] = [];
  for (const suite of chosen) {
    const beganMs = performance.now();
    measured.push({ suite, measured: await suite.run(bench) });
    say(`${suite.name} took ${((performance.now() - beganMs) / 1000).toFixed(0)} s`);
  }
  say("Verifying the books ...");
  const { databases, broken } = await verifyAll(ground);
  const proof = `Books verified at the end, in ${databases} databases: ${broken.length === 0 ? "every rule holds" : `${broken.length} broken rules`}.`;
  const command = ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" ");
  return { report: { at: new Date().toISOString(), command, machine, suites: measured, proof }, broken };
}

const startedMs = performance.now();
const chosen = chooseSuites();
const ground = await openGround(process.env["PATH"] ?? "");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void ground.close().finally(() => process.exit(130)));
try {
  const { report, broken } = await runAll(ground, chosen);
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : toTerminal(report)}\n`);
  writeResults(report, options.write ? "bench/results" : "bench/results/last");
  if (options.write) writePage(report);
  broken.forEach(say);
  if (broken.length > 0) process.exitCode = 1;
} finally {
  await ground.close();
  say(`Took ${((performance.now() - startedMs) / 60_000).toFixed(1)} minutes.`);
}
