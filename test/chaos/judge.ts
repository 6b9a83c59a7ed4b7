/** What was promised, held against the database, the provider's own log, the processes' ends and what callers were told. */
import { toPublicId } from "@cooly/contract";
import type { Entry } from "@cooly/simulator";
import { foreignWrites, heldBy, secondsUntilMoved, stolenLeases, type Taken } from "./audit.ts";
import { none, of, percentile, withinSeconds, type Figure } from "./figures.ts";
import type { Listeners } from "./listeners.ts";
import type { Order } from "./orders.ts";
import { crewNames } from "./schedule.ts";
import type { Span, Stage } from "./stage.ts";

export interface Case extends Stage {
  readonly listeners: Listeners;
  readonly startedMs: number;
  /** From the calm to the last verdict; null: it never came. */
  readonly drainedSeconds: number | null;
  /** What `cooly verify` ended with: at the calm, after the drain. */
  readonly operator: readonly (number | null)[];
  /** Outputs that were written off at the end, of those that the provider never tells of. */
  readonly writtenOff: readonly string[];
}

interface OutputRow {
  readonly id: string;
  readonly generation_id: string;
  readonly state: string;
  readonly provider: string;
  readonly credits: number;
  readonly captured: number;
  readonly captures: number;
  readonly releases: number;
  readonly status: string;
}

const OUTPUTS = `
select o.id, o.generation_id, o.state, g.route ->> 'provider' as provider, o.credits, o.captured, g.status,
  (select count(*) from transfers t where t.output_id = o.id and t.kind = 'capture') as captures,
  (select count(*) from transfers t where t.output_id = o.id and t.kind = 'release') as releases
from outputs o join generations g on g.id = o.generation_id`;

export async function judge(found: Case): Promise<Figure[]> {
  const reply = await found.ground.db.pool.query<OutputRow>(OUTPUTS);
  const outputs = reply.rows;
  return [
    ...accepted(found, outputs),
    ...money(found, outputs),
    ...witness(found, outputs),
    ...keys(found, outputs),
    ...(await takenUp(found)),
    ...(await fences(found)),
    ...restarts(found),
    ...(await database(found)),
    ...(await clocks(found)),
    ...cancels(found, outputs),
    ...told(found),
  ];
}

const answered = (orders: readonly Order[]): readonly Order[] => orders.filter(({ ids }) => ids.size > 0);

function accepted({ load, drainedSeconds, writtenOff, ground: { crew } }: Case, outputs: readonly OutputRow[]): Figure[] {
  const generations = new Map(outputs.map((output) => [toPublicId("generation", output.generation_id), output]));
  const told = answered(load.orders);
  const lost = told.filter(({ ids }) => [...ids].some((id) => !generations.has(id)));
  const silent = new Set(told.filter(({ isSilent }) => isSilent).flatMap(({ ids }) => [...ids]));
  const open = outputs.filter(({ status }) => !["succeeded", "failed", "canceled"].includes(status));
  const kills = crew.deaths.filter(({ why }) => why === "killed").length;
  const trials = `${of(told.length, 10_000)}, ${of(kills, 1_000)} kills`;
  return [
    none({ promise: "P1", trials }, "answered 202 and not there", lost.length),
    none({ promise: "P1", trials }, "orders that were never answered", load.orders.length - told.length),
    none({ promise: "P1", trials }, "without a verdict after the drain", open.length),
    withinSeconds({ promise: "P1", trials }, "from the calm to the last verdict", { most: 60, found: drainedSeconds ?? Infinity }),
    {
      promise: "P1",
      what: "left unknown, and written off: only of whom nobody tells",
      allowed: String(silent.size),
      found: String(writtenOff.length),
      isKept:
        writtenOff.length <= silent.size &&
        outputs.every(({ state, generation_id }) => state !== "written_off" || silent.has(toPublicId("generation", generation_id))),
      trials,
      clock: null,
    },
    none({ promise: "P1", trials }, "processes that ended by themselves", crew.deaths.filter(({ why }) => why === "itself").length),
  ];
}

function money({ notes, operator, load }: Case, outputs: readonly OutputRow[]): Figure[] {
  const trials = of(outputs.length, 10_000);
  const delivered = outputs.filter(({ state }) => state === "delivered");
  const captured = outputs.reduce((sum, output) => sum + output.captured, 0);
  const due = delivered.reduce((sum, { credits }) => sum + credits, 0);
  return [
    none({ promise: "P2", trials }, "settled twice, or both ways", outputs.filter(({ captures, releases }) => captures + releases > 1).length),
    none({ promise: "P2", trials }, "delivered and not charged", delivered.filter((output) => output.captured !== output.credits).length),
    none({ promise: "P2", trials }, "charged and not delivered", outputs.filter((output) => output.state !== "delivered" && output.captured > 0).length),
    {
      promise: "P2",
      what: "credits charged, for what was delivered",
      allowed: String(due),
      found: String(captured),
      isKept: captured === due,
      trials,
      clock: null,
    },
    none({ promise: "P2", trials: `looked ${notes.verified} times in ${load.orders.length} orders` }, "rules broken while it ran", notes.broken.length),
    none(
      { promise: "P2", trials: `asked ${operator.length} times` },
      "`cooly verify` that did not end with 0",
      operator.filter((status) => status !== 0).length,
    ),
  ];
}

/** The provider's own log: what it was asked, and what it bills. */
function witness({ ground: { simulator } }: Case, outputs: readonly OutputRow[]): Figure[] {
  const log = Map.groupBy(simulator.log(), ({ client_id }) => client_id ?? "");
  const count = (id: string, ...what: readonly Entry["what"][]): number => (log.get(id) ?? []).filter((entry) => what.includes(entry.what)).length;
  const known = outputs.filter(({ id }) => log.has(id));
  // Where nothing was made of a submit, or it failed unbilled, there may be another.
  const excess = known.filter(
    ({ id, provider }) => provider !== "sim-keyed" && count(id, "submitted") > 1 + count(id, "rejected", "failed", "canceled", "refused"),
  );
  const billed = known.reduce((sum, { id }) => sum + count(id, "billed"), 0);
  const delivered = outputs.filter(({ state }) => state === "delivered");
  const trials = `${of(outputs.length, 10_000)} outputs, ${billed} billed, ${delivered.length} charged`;
  return [
    none({ promise: "I6", trials }, "submitted again although the first may be billed", excess.length),
    none(
      { promise: "I6", trials },
      "keyed: more than one job under a key",
      known.filter(({ id, provider }) => provider === "sim-keyed" && count(id, "accepted") > 1).length,
    ),
    none({ promise: "P2", trials }, "billed twice by the provider", known.filter(({ id }) => count(id, "billed") > 1).length),
    none({ promise: "P2", trials }, "charged, and the provider made nothing", delivered.filter(({ id }) => count(id, "billed") === 0).length),
  ];
}

function keys({ load, ground: { lines } }: Case, outputs: readonly OutputRow[]): Figure[] {
  const told = new Set(load.orders.flatMap(({ ids }) => [...ids]));
  const stored = new Set(outputs.map(({ generation_id }) => toPublicId("generation", generation_id)));
  const twice = load.orders.filter(({ ids }) => ids.size > 1).length;
  const copies = load.copies.reduce((sum, { copies: made }) => sum + made, 0);
  const trials = `${of(load.copies.length, 1_000)} keys, ${copies} copies`;
  const cut = of(lines.database.counts.repliesCut, 1_000);
  return [
    none({ promise: "P4", trials }, "keys that were told two ids", twice),
    none({ promise: "P4", trials }, "another body under the key, and not 422", load.copies.filter(({ otherBody }) => otherBody !== 422).length),
    none(
      { promise: "P4", trials },
      "somebody else's key, and not another generation",
      load.copies.filter(({ order, otherAccount }) => !otherAccount || order.ids.has(otherAccount)).length,
    ),
    none({ promise: "P5", trials: `${cut} commits without reply` }, "generations that no caller knows of", [...stored].filter((id) => !told.has(id)).length),
    none({ promise: "P5", trials: `${cut} commits without reply` }, "keys without their generation", load.orders.filter(({ ids }) => ids.size !== 1).length),
  ];
}

async function takenUp({ ground: { db, crew }, notes }: Case): Promise<Figure[]> {
  const away = [
    ...notes.away,
    ...crew.deaths.filter(({ name }) => name === "sweeper").map(({ atMs, backMs }): Span => ({ what: "sweeper", fromMs: atMs, toMs: backMs ?? atMs })),
  ];
  const measured: number[] = [];
  let [left, kills] = [0, 0];
  for (const { who, at, how } of notes.struck) {
    kills += how === "kill" ? 1 : 0;
    for (const { taken_at } of await heldBy(db.pool, who, at)) {
      const untilMs = taken_at?.getTime() ?? Infinity;
      // The database or the sweeper was away too: then nobody can be quick.
      if (away.some(({ fromMs, toMs }) => fromMs < untilMs && toMs > at.getTime())) left += 1;
      else measured.push((untilMs - at.getTime()) / 1000);
    }
  }
  const trials = `${of(kills, 200)} kills, ${measured.length} outputs in hand, ${left} left out`;
  return [withinSeconds({ promise: "P6", trials }, "p99 until somebody else takes it up", { most: 10, found: percentile(measured, 0.99) })];
}

async function fences({ ground: { db, crew }, notes }: Case): Promise<Figure[]> {
  const pauses = notes.struck.filter(({ how }) => how === "pause");
  const foreign = await foreignWrites(db.pool);
  const silent: Taken[] = [];
  let inHand = 0;
  for (const { who, at, awakeMs } of pauses) {
    const taken = (await heldBy(db.pool, who, at)).filter(({ taken_at }) => taken_at !== null && taken_at.getTime() < awakeMs);
    inHand += taken.length;
    // Fenced or settled already; or what kept it from asking; or, where nobody had begun another attempt, what it went on to do.
    const said = crew.lines.filter((line) => line.who === who && line.atMs >= awakeMs);
    silent.push(...taken.filter(({ output_id, attempt }) => !said.some((line) => line.outputId === output_id && line.attempt === attempt)));
  }
  const trials = `${of(pauses.length, 200)} pauses, ${inHand} outputs lost in them`;
  return [
    none({ promise: "P7", trials }, "writes of workers to attempts that were not theirs", foreign.length),
    none({ promise: "P7", trials }, "lost in a pause, and no word of it (`fenced`)", silent.length),
  ];
}

function restarts({ ground: { crew }, notes, client }: Case): Figure[] {
  const asked = crew.deaths.filter(({ why }) => why === "asked");
  const trials = `${of(notes.rolls.length, 50)} rolls, ${asked.length} processes`;
  const during = client.answers.filter(({ status, atMs }) => status >= 500 && notes.rolls.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs));
  return [
    withinSeconds({ promise: "P8", trials }, "from SIGTERM to the end, the slowest", {
      most: 10,
      found: asked.length === 0 ? null : Math.max(...asked.map(({ tookMs }) => tookMs)) / 1000,
    }),
    none({ promise: "P8", trials }, "ends after SIGTERM with another code than 0", asked.filter(({ code }) => code !== 0).length),
    none({ promise: "P8", trials }, "answers of 5xx meanwhile", during.length),
  ];
}

async function database({ ground: { db }, notes, client }: Case): Promise<Figure[]> {
  const waits: number[] = [];
  for (const { at, outputs } of notes.emptied) waits.push(...(await secondsUntilMoved(db.pool, outputs, at)).map((seconds) => seconds ?? Infinity));
  const trials = `${of(notes.restarts, 50)} restarts, ${of(notes.terminated, 3_000)} backends ended`;
  const wrong = client.answers.filter(({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter !== null));
  const slowest = Math.max(0, ...client.answers.map(({ tookMs }) => tookMs)) / 1000;
  return [
    withinSeconds(
      { promise: "P9", trials: `${of(notes.emptied.length, 1)} times emptied, ${waits.length} messages lost` },
      "until what was lost with the queue is announced again",
      { most: 30, found: waits.length === 0 ? null : Math.max(...waits) },
    ),
    none({ promise: "P10", trials }, "answers of 5xx other than 503 with Retry-After", wrong.length),
    withinSeconds({ promise: "P10", trials: `${client.answers.length} answers` }, "the slowest answer", { most: 5, found: slowest }),
    none({ promise: "P10", trials: `${client.answers.length} answers` }, "requests that were never answered", client.hung.length),
    withinSeconds({ promise: "P10", trials }, "from the database's return to an answer", {
      most: 2,
      found: notes.recoveries.length === 0 ? null : Math.max(...notes.recoveries),
    }),
  ];
}

async function clocks({ ground: { db, crew } }: Case): Promise<Figure[]> {
  const { rows } = await db.pool.query<{ expired: number }>("select count(*)::int as expired from transfers where kind = 'expire'");
  const about = { promise: "P13", trials: `${crewNames.length} processes, an hour wrong, ${crew.deaths.length} restarts` };
  return [
    none(about, "leases that somebody else ended while they lasted", await stolenLeases(db.pool)),
    none(about, "credits that expired early", rows[0]!.expired),
  ];
}

function cancels({ load }: Case, outputs: readonly OutputRow[]): Figure[] {
  const status = new Map(outputs.map((output) => [toPublicId("generation", output.generation_id), output.status]));
  const asked = load.orders.filter(({ cancel }) => cancel !== null);
  const lies = asked.filter(({ cancel, ids }) => {
    const end = status.get([...ids][0]!);
    if (cancel!.status === 409) return end === "canceled" || end === undefined;
    return cancel!.status !== 202 || (cancel!.said === "canceled" && end !== "canceled");
  });
  const won = asked.filter(({ ids }) => status.get([...ids][0]!) === "canceled").length;
  return [none({ promise: "P15", trials: `${of(asked.length, 10_000)}, ${won} canceled` }, "answers to a cancel that the end belies", lies.length)];
}

function told({ listeners: { all }, load }: Case): Figure[] {
  const sum = (count: (listener: (typeof all)[number]) => number): number => all.reduce((total, listener) => total + count(listener), 0);
  const missed = all.flatMap(({ ends, account }) =>
    answered(load.orders).filter((order) => order.account === account && [...order.ids].some((id) => ends.get(id) !== 1)),
  );
  const trials = `${of(all.length, 1_000)} listeners, ${sum(({ connects }) => connects)} connections`;
  return [
    none({ promise: "P16", trials }, "ends that a listener was not told exactly once", missed.length),
    none(
      { promise: "P16", trials },
      "ids that went back, or left one out",
      sum(({ regressions, gaps }) => regressions + gaps),
    ),
    none(
      { promise: "P16", trials },
      "told of after their end",
      sum(({ afterwards }) => afterwards.size),
    ),
  ];
}
