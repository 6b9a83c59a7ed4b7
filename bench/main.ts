/** `npm run bench [-- --quick --json --rounds N --seconds N]`: what accept costs beside a bare Express route, in the same run. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { sweepOverdue, verifyBooks } from "@cooly/engine";
import { openGround, type Ground, type Side } from "./ground.ts";
import { readCounters, readMachine, STATISTICS_MS } from "./readings.ts";
import { render, type Counted, type Report } from "./report.ts";
import { runRound, scenarios, type Round } from "./rounds.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    /** Passed to the server's Node, for profiles: `--server-flag=--cpu-prof`. */
    "server-flag": { type: "string", multiple: true, default: [] },
  },
});
const rounds = Number(options.rounds ?? 5);
const seconds = Number(options.seconds ?? (options.quick ? 1 : 4));
if (!(Number.isInteger(rounds) && rounds > 0 && seconds > 0)) throw new Error("--rounds is a whole number and --seconds a number, both above 0");

const WARM_UP_SECONDS = 2;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** One side alone at 64 clients, counted by the database, after a warm-up that opens its connections. */
async function count(ground: Ground, side: Side): Promise<Counted & { rounds: readonly Round[] }> {
  const warm = await runRound(ground, side, { scenario: scenarios[1]!, seconds: WARM_UP_SECONDS });
  await sleep(STATISTICS_MS);
  const before = await readCounters(side);
  const round = await runRound(ground, side, { scenario: scenarios[1]!, seconds: Math.max(2, seconds) });
  const { walBytes } = await readCounters(side);
  await sleep(STATISTICS_MS);
  const { transactions } = await readCounters(side);
  const { accepted: accepts } = round;
  return {
    rounds: [warm, round],
    accepts,
    transactionsPerAccept: (transactions - before.transactions) / accepts,
    walBytesPerAccept: (walBytes - before.walBytes) / accepts,
  };
}

async function rowsIn({ databaseUrl }: Side, table: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`).finally(() => client.end());
  return Number(rows[0]!.count);
}

/** That every 202 is a row, and that the books are in order. No worker took the outputs, so what is overdue is announced first. */
async function prove(ground: Ground, all: readonly Round[]): Promise<Report["proven"]> {
  const answered = all.reduce((sum, { accepted }) => sum + accepted, 0);
  const rows = (await rowsIn(ground.cooly, "generations")) + (await rowsIn(ground.bare, "accepted"));
  while ((await sweepOverdue({ db: ground.db, doorbell: { ring: () => undefined }, resubmit: new Map() })).reissued > 0);
  const { violations } = await verifyBooks(ground.db);
  for (const { invariant, rule, count: broken } of violations) say(`${invariant} is broken ${broken} times: ${rule}`);
  return { answered, rows, violations: violations.length };
}

const countedOf = ({ accepts, transactionsPerAccept, walBytesPerAccept }: Counted): Counted => ({ accepts, transactionsPerAccept, walBytesPerAccept });

async function bench(ground: Ground): Promise<Report> {
  const machine = await readMachine(ground);
  say("Counting ...");
  const cooly = await count(ground, ground.cooly);
  const bare = await count(ground, ground.bare);
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} ...`);
    for (const scenario of scenarios) {
      for (const side of [ground.cooly, ground.bare]) measured.push(await runRound(ground, side, { scenario, seconds }));
    }
  }
  const proven = await prove(ground, [...cooly.rounds, ...bare.rounds, ...measured]);
  return { at: new Date().toISOString(), machine, rounds: measured, counted: { cooly: countedOf(cooly), bare: countedOf(bare) }, proven };
}

const ground = await openGround(options["server-flag"]);
try {
  const report = await bench(ground);
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : render(report)}\n`);
  if (report.proven.answered !== report.proven.rows || report.proven.violations > 0) process.exitCode = 1;
} finally {
  await ground.close();
}
