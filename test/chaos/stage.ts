/** Carries out what was drawn, and keeps what the judge has to know about it. */
import { setTimeout as sleep } from "node:timers/promises";
import { verifyBooks } from "@cooly/engine";
import type { Client } from "./client.ts";
import type { Ground } from "./ground.ts";
import type { Load } from "./load.ts";
import { describe, type Act, type CrewName, type Planned } from "./schedule.ts";

export interface Span {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What happened, for the judge. */
export interface Notes {
  /** Times at which what a worker had in hand was left alone. */
  readonly struck: { readonly who: string; readonly at: Date; readonly how: "kill" | "pause"; awakeMs: number }[];
  readonly rolls: Span[];
  /** While these last, nobody can be quick. */
  readonly away: Span[];
  /** Seconds from the database's return to the first answer, by API. */
  readonly recoveries: number[];
  restarts: number;
  terminated: number;
  readonly emptied: { readonly at: Date; readonly outputs: readonly string[] }[];
  readonly broken: { readonly invariant: string; readonly rule: string }[];
  verified: number;
}

export interface Stage {
  readonly ground: Ground;
  readonly client: Client;
  readonly load: Load;
  readonly notes: Notes;
  readonly say: (line: string) => void;
}

export const openNotes = (): Notes => ({
  struck: [],
  rolls: [],
  away: [],
  recoveries: [],
  restarts: 0,
  terminated: 0,
  emptied: [],
  broken: [],
  verified: 0,
});

/** Every act at its time; those that last go on beside the others. */
export async function play(stage: Stage, planned: readonly Planned[]): Promise<void> {
  let startedMs = performance.now();
  const open: Promise<void>[] = [];
  for (const { atMs, act, untilMs } of planned) {
    const leftMs = atMs - (performance.now() - startedMs);
    if (leftMs > 0) await sleep(leftMs);
    if (act.kind !== "verify") stage.say(`${(atMs / 1000).toFixed(1).padStart(6)} s  ${describe(act)}`);
    const done = perform(stage, act).catch((error: unknown) => stage.say(`          ${act.kind} came to nothing: ${String(error)}`));
    open.push(done);
    if (untilMs === undefined) continue;
    await done;
    // On a busy machine it takes longer than was planned: what follows keeps its distance.
    startedMs += Math.max(0, performance.now() - startedMs - untilMs);
  }
  await Promise.all(open);
}

async function perform(stage: Stage, act: Act): Promise<void> {
  const { crew, lines } = stage.ground;
  const { notes } = stage;
  switch (act.kind) {
    case "kill":
      if (act.who.startsWith("gen")) notes.struck.push({ who: crew.who(act.who), at: new Date(), how: "kill", awakeMs: Infinity });
      return crew.kill(act.who);
    case "pause":
      return pause(stage, act.who, act.forMs);
    case "roll":
      return roll(stage, act.who);
    case "copies":
      return stage.load.copy(act.copies);
    case "restart-database":
      return restartDatabase(stage);
    case "terminate-backends":
      return lasting(stage, act.kind, () => terminate(stage, act.forMs));
    case "network":
      lines[act.line].set(act.direction, act.faults);
      return lasting(stage, `${act.line} line`, async () => {
        await sleep(act.forMs);
        lines[act.line].set(act.direction, {});
      });
    case "reset":
      return void lines[act.line].reset();
    case "half-close":
      return void lines[act.line].halfClose(act.direction);
    case "cut-replies":
      lines.database.cutReplies({ words: "generations.accept_many", share: act.share });
      await sleep(act.forMs);
      return lines.database.cutReplies(null);
    case "empty-queue":
      return emptyQueue(stage);
    case "verify":
      return verify(stage);
  }
}

async function lasting({ notes }: Stage, what: string, act: () => Promise<void>): Promise<void> {
  const fromMs = Date.now();
  await act().finally(() => notes.away.push({ what, fromMs, toMs: Date.now() }));
}

async function pause({ ground: { crew }, notes }: Stage, who: CrewName, forMs: number): Promise<void> {
  const at = new Date();
  const name = crew.who(who);
  const wake = crew.pause(who);
  const struck = { who: name, at, how: "pause" as const, awakeMs: Infinity };
  if (who.startsWith("gen")) notes.struck.push(struck);
  await sleep(forMs);
  struck.awakeMs = Date.now();
  wake();
  if (who === "sweeper") notes.away.push({ what: "sweeper", fromMs: at.getTime(), toMs: Date.now() });
}

async function roll(stage: Stage, names: readonly CrewName[]): Promise<void> {
  const fromMs = Date.now();
  for (const name of names) await stage.ground.crew.roll(name);
  stage.notes.rolls.push({ what: names.join(","), fromMs, toMs: Date.now() });
}

async function restartDatabase(stage: Stage): Promise<void> {
  const { ground, client, notes } = stage;
  notes.restarts += 1;
  const mine = notes.restarts;
  await lasting(stage, "restart-database", () => ground.restartDatabase());
  const backMs = performance.now();
  const account = ground.accounts[0]!;
  // Of one that is only starting it says nothing.
  const running = (["api-1", "api-2"] as const).filter((api) => ground.crew.isReady(api));
  await Promise.all(
    running.map(async (api) => {
      const who = ground.crew.who(api);
      while ((await client.probe(api, account)) !== 200 && performance.now() - backMs < 15_000) await sleep(20);
      // Nor of one that was killed meanwhile, or of a database that went away again: the next restart has a figure of its own.
      if (ground.crew.who(api) === who && notes.restarts === mine) notes.recoveries.push((performance.now() - backMs) / 1000);
    }),
  );
}

async function terminate({ ground, notes }: Stage, forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    const reply = await ground.db.pool.query(
      `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
         where datname = current_database() and application_name ~ '^(api|relay|gen|capture|sweeper)' order by random() limit 1) one`,
    );
    notes.terminated += reply.rowCount ?? 0;
    await sleep(100);
  }
}

/** While no worker takes anything, so that there is something to lose. */
async function emptyQueue({ ground: { crew, db }, notes }: Stage): Promise<void> {
  const wake = [crew.pause("gen-1"), crew.pause("gen-2")];
  await sleep(1_500);
  notes.emptied.push(await truncateQueue(db.pool));
  for (const one of wake) one();
}

async function truncateQueue(pool: Ground["db"]["pool"]): Promise<Notes["emptied"][number]> {
  const client = await pool.connect();
  try {
    await client.query("begin; lock table queue_messages");
    const { rows } = await client.query<{ at: Date; outputs: string[] }>(
      `select clock_timestamp() as at, coalesce(array_agg(m.output_id::text), '{}') as outputs
       from queue_messages m join outputs o on o.id = m.output_id where o.state = 'queued' and m.attempt = o.attempt`,
    );
    await client.query("truncate queue_messages; commit");
    return rows[0]!;
  } finally {
    client.release();
  }
}

/** The oracle, while everything moves: its rules hold at any moment. */
export async function verify({ ground: { db }, notes, say }: Pick<Stage, "ground" | "notes" | "say">): Promise<void> {
  const { violations } = await verifyBooks(db);
  notes.verified += 1;
  for (const { invariant, rule, rows } of violations) {
    notes.broken.push({ invariant, rule });
    say(`          BROKEN ${invariant}: ${rule} ${JSON.stringify(rows[0])}`);
  }
}
