/** One run: begin, disturb, calm down, drain, judge. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "./client.ts";
import type { Figure } from "./figures.ts";
import { openGround, type Account, type Ground } from "./ground.ts";
import { judge } from "./judge.ts";
import { startListeners } from "./listeners.ts";
import { startLoad } from "./load.ts";
import { drawSchedule } from "./schedule.ts";
import { openNotes, play, verify, type Stage } from "./stage.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly ms: number;
  readonly perSecond: number;
  readonly silent: number;
  readonly listenersEach: number;
  /** On a busy machine: how many times as long everybody waits before it is called never. */
  readonly patience: number;
  readonly say: (line: string) => void;
}

export interface Outcome {
  readonly figures: readonly Figure[];
  readonly isKept: boolean;
  /** Where logs and data were left: only after a failure. */
  readonly home: string | null;
}

const DRAIN_MS = 90_000;
const TOLD_MS = 15_000;
const SLOW_MS = 3_000;

export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const { seed, ms, say } = options;
  const ground = await openGround(seed);
  let figures: readonly Figure[] = [];
  try {
    figures = await disturb(ground, options);
    return { figures, isKept: figures.every(({ isKept }) => isKept), home: figures.every(({ isKept }) => isKept) ? null : ground.home };
  } finally {
    say(`Seed ${seed}, ${ms / 1000} s. Stopping ...`);
    await ground.close({ keep: figures.length === 0 || figures.some(({ isKept }) => !isKept) });
  }
}

async function disturb(ground: Ground, { seed, ms, perSecond, silent, listenersEach, patience, say }: ChaosOptions): Promise<Figure[]> {
  const startedMs = Date.now();
  const client = createClient(ground, patience);
  const load = startLoad(ground, client, { seed, perSecond, silent });
  const listeners = startListeners(ground, listenersEach);
  const stage: Stage = { ground, client, load, notes: openNotes(), say };
  await play(stage, drawSchedule({ seed, ms }));
  say("Calm. Draining ...");
  for (const line of Object.values(ground.lines)) line.calm();
  const calmMs = performance.now();
  await ground.crew.ready();
  const during = ground.cooly("verify", "--json");
  await load.end();
  const last = await drain(ground, { silent: silentIds(load), withinMs: DRAIN_MS * patience });
  const drainedSeconds = last === null ? null : (last - calmMs) / 1000;
  const writtenOff = await writeOff(ground);
  await verify(stage);
  await listeners.end((account) => lastEvent(ground, account), TOLD_MS * patience);
  const operator = [await during, await ground.cooly("verify", "--json")];
  for (const { status, stdout, stderr } of operator) if (status !== 0) say(stdout + stderr);
  await keepEvidence(stage);
  return judge({ ...stage, listeners, startedMs, drainedSeconds, writtenOff, operator: operator.map(({ status }) => status) });
}

/** What callers were told late or badly, and what happened when, beside the logs. */
function keepEvidence({ ground, client, notes }: Stage): Promise<void> {
  const answers = client.answers.filter(({ status, tookMs }) => status >= 500 || tookMs > SLOW_MS);
  const evidence = { notes, answers, hung: client.hung, deaths: ground.crew.deaths, counts: ground.lines, provider: ground.simulator.log() };
  return writeFile(join(ground.home, "evidence.json"), JSON.stringify(evidence, null, 1));
}

const silentIds = ({ orders }: { orders: readonly { isSilent: boolean; key: string }[] }): string[] =>
  orders.filter(({ isSilent }) => isSilent).map(({ key }) => key);

/** Until nothing is open but what the provider never tells of. Answers when; null: it went on too long. */
async function drain({ db }: Ground, { silent, withinMs }: { silent: readonly string[]; withinMs: number }): Promise<number | null> {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) {
    const { rows } = await db.pool.query<{ open: number }>(
      `select count(*) as open from outputs o join idempotency_keys k on k.generation_id = o.generation_id
       where o.settled_at is null and not (o.state = 'unknown' and k.key = any($1::text[]))`,
      [silent],
    );
    if (rows[0]!.open === 0) return performance.now();
    await sleep(200);
  }
  return null;
}

/** What is unknown to the end is closed by the operator, with a reason. */
async function writeOff(ground: Ground): Promise<string[]> {
  const listed = await ground.cooly("unknown", "ls", "--json");
  const { unknown } = JSON.parse(listed.stdout) as { unknown: { id: string }[] };
  if (unknown.length === 0) return [];
  const ids = unknown.map(({ id }) => id);
  const reply = await ground.cooly("unknown", "write-off", ...ids, "--reason", "the provider never told", "--yes", "--json");
  return (JSON.parse(reply.stdout) as { written_off?: string[] }).written_off ?? [];
}

async function lastEvent({ db }: Ground, { id }: Account): Promise<number> {
  const { rows } = await db.pool.query<{ event_seq: number }>("select event_seq from accounts where id = $1", [id]);
  return rows[0]!.event_seq;
}
