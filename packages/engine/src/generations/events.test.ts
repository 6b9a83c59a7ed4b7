/** The hub over a log on paper: who hears what, whoever comes and goes while it is being read. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Doorbell, Runner } from "../db/index.ts";
import { createEventHub, type EventHub } from "./events.ts";

const PAGE = 1_000;
/** After five seconds the hub looks though nobody rang. */
const BEFORE_THE_POLL = { timeout: 4_000 };

interface Paper {
  readonly hub: EventHub;
  /** How often the log was read. */
  reads(): number;
  tell(accountId: string, events?: number): void;
  ring(): void;
  newest(accountId: string): number;
}

/** `delay`: how long the database takes for one answer. */
function openPaper(delay: () => Promise<unknown> = () => turn()): Paper {
  const log = new Map<string, number>();
  const newest = (accountId: string): number => log.get(accountId) ?? 0;
  let ring = (): void => undefined;
  let reads = 0;
  const nothing = { generation_id: null, output_id: null, output_index: null, progress: null };
  const event = (account_id: string, seq: number) => ({ ...nothing, account_id, seq, type: "credits.changed", available: 1, held: 0, created_at: new Date(0) });
  const after = (accountId: string, cursor: number): object[] =>
    Array.from({ length: Math.min(PAGE, Math.max(0, newest(accountId) - cursor)) }, (_, at) => event(accountId, cursor + at + 1));
  const db = {
    async rows(_statement: unknown, [accounts, cursors]: [string[], number[]]) {
      reads += 1;
      await delay();
      const answer = accounts.flatMap((accountId, at) => after(accountId, cursors[at]!));
      await delay();
      return answer;
    },
    async one(_statement: unknown, [accountId]: [string]) {
      await delay();
      const answer = { seq: newest(accountId) };
      await delay();
      return answer;
    },
  } as unknown as Runner;
  const doorbell: Doorbell = {
    ring: () => ring(),
    onRing(_bell, listener) {
      ring = listener;
      return () => (ring = () => undefined);
    },
    listening: () => true,
    close: async () => undefined,
  };
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  return {
    hub: createEventHub({ db, doorbell, log: quiet }),
    reads: () => reads,
    tell: (accountId, events = 1) => void log.set(accountId, newest(accountId) + events),
    ring: () => ring(),
    newest,
  };
}

test("whoever listens from now on costs no read, and a ring costs one, however many listen", async () => {
  const { hub, reads, tell, ring } = openPaper();
  const heard: string[] = [];
  tell("a", 3);
  for (let n = 0; n < 100; n += 1) {
    const accountId = n % 2 ? "a" : "b";
    await hub.subscribe({ accountId, after: null, onEvents: (events) => heard.push(...events.map(({ seq }) => `${accountId}${seq}`)) });
  }
  expect(reads()).toBe(0);
  tell("a");
  ring();
  await expect.poll(() => heard.length).toBe(50);
  expect([new Set(heard), reads()]).toEqual([new Set(["a4"]), 1]);
  await hub.close();
});

test("a ring between the look for the newest id and the subscription is not missed", async () => {
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let delays = 0;
  const { hub, tell, ring } = openPaper(async () => {
    delays += 1;
    if (delays !== 2) return;
    asked.resolve();
    await answered.promise;
  });
  const heard: number[] = [];
  const subscribing = hub.subscribe({ accountId: "a", after: null, onEvents: (events) => void heard.push(...events.map(({ seq }) => seq)) });
  await asked.promise;
  tell("a");
  ring();
  answered.resolve();
  await subscribing;
  await expect.poll(() => heard, BEFORE_THE_POLL).toEqual([1]);
  await hub.close();
});

test("a past of many pages comes whole, beside somebody who has seen some of it", async () => {
  const { hub, tell } = openPaper();
  tell("a", 3_500);
  const [whole, rest]: [number[], number[]] = [[], []];
  await hub.subscribe({ accountId: "a", after: 0, onEvents: (events) => void whole.push(...events.map(({ seq }) => seq)) });
  await hub.subscribe({ accountId: "a", after: 2_500, onEvents: (events) => void rest.push(...events.map(({ seq }) => seq)) });
  await expect.poll(() => whole.length + rest.length).toBe(4_500);
  expect(whole).toEqual(Array.from({ length: 3_500 }, (_, at) => at + 1));
  expect(rest).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 2_501));
  await hub.close();
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("whoever comes and goes while it is being read misses nothing and hears nothing twice (%i)", async (seed) => {
  const random = mulberry(seed);
  const upTo = (most: number): number => Math.floor(random() * most);
  const paper = openPaper(async () => {
    for (let turns = upTo(4); turns > 0; turns -= 1) await turn();
  });
  const told: { accountId: string; after: number; heard: number[]; least: number; left: boolean }[] = [];
  const coming: Promise<void>[] = [];
  const leaving: (() => void)[] = [];
  const come = async (accountId: string): Promise<void> => {
    const atFirst = paper.newest(accountId);
    const after = upTo(2) ? null : upTo(atFirst + 1);
    const one = { accountId, after: after ?? -1, heard: [] as number[], least: 0, left: false };
    const leave = await paper.hub.subscribe({ accountId, after, onEvents: (events) => void one.heard.push(...events.map(({ seq }) => seq)) });
    // What happens from here on must be heard.
    one.least = paper.newest(accountId);
    told.push(one);
    leaving.push(() => {
      one.left = true;
      leave();
    });
  };
  for (let step = 0; step < 400; step += 1) {
    const accountId = "abc"[upTo(3)]!;
    const what = upTo(10);
    if (what < 3) coming.push(come(accountId));
    else if (what < 4) leaving[upTo(leaving.length)]?.();
    else if (what < 8) {
      paper.tell(accountId, 1 + upTo(3));
      // The ring comes some time after the commit.
      void turn().then(paper.ring);
    } else await turn();
  }
  await Promise.all(coming);
  const behind = (): number =>
    told.filter(({ left, heard, accountId, least }) => !left && paper.newest(accountId) > least && heard.at(-1) !== paper.newest(accountId)).length;
  await expect.poll(behind, BEFORE_THE_POLL).toBe(0);
  for (const { after, heard, least } of told) {
    expect(heard).toEqual(heard.map((_, at) => heard[0]! + at));
    if (heard.length === 0) continue;
    if (after >= 0) expect(heard[0]).toBe(after + 1);
    else expect(heard[0]).toBeLessThanOrEqual(least + 1);
  }
  await paper.hub.close();
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
