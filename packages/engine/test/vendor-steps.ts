/** What can happen to one output whose vendor may say anything at any time. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { requestCancel } from "../src/generations/cancel.ts";
import { receive } from "../src/generations/inbox.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import { listUnknown, writeOff } from "../src/generations/write-off.ts";
import type { Provider, Sight, Started } from "../src/ports/index.ts";
import type { World } from "./fixture.ts";
import { expireLeases, openWorkshop, takeMessages, type Workshop } from "./workshop.ts";

type Word = "running" | "delivered" | "refused" | "canceled" | "transient" | "permanent" | "silence";

interface Vendor {
  /** What it says to a submit, a look and a list. */
  word: Word;
  /** Whether it takes a job in hand rather than answering at once. */
  accepts: boolean;
  taskId: string;
}

export interface Story {
  readonly world: World;
  readonly vendor: Vendor;
  readonly url: string;
  readonly accountId: string;
  readonly outputId: string;
  readonly generationId: string;
  readonly workshop: Workshop;
  /** Every end that the output was ever seen at. */
  readonly seen: Set<string>;
  look(): Promise<void>;
  sweep(): Promise<void>;
  /** Until nothing is open; what stays unknown is written off. */
  settleDown(): Promise<void>;
  read(): Promise<Read>;
}

interface Read {
  readonly ends: number;
  readonly transfers: number;
  readonly output: { readonly state: string; readonly settled: boolean; readonly captured: number; readonly credits: number };
}

export interface Step {
  run(story: Story): Promise<void>;
  toString(): string;
}

const ROUNDS = 40;
const resubmit = new Map([["test", "billed" as const]]);
const silentBell = { ring() {} };

function sightOf(word: Exclude<Word, "silence">, url: string): Sight {
  switch (word) {
    case "running":
      return { kind: "running", pollAfterSeconds: 0 };
    case "delivered":
      return { kind: "delivered", result: { from: "url", url }, costUsd: 0.01 };
    case "refused":
      return { kind: "refused", message: "no" };
    case "canceled":
      return { kind: "canceled" };
    default:
      return { kind: "failed", class: word, message: "it broke" };
  }
}

function providerOf(vendor: Vendor, url: string): Provider {
  const say = async (): Promise<Sight> => {
    if (vendor.word === "silence") throw new Error("the connection was reset");
    return sightOf(vendor.word, url);
  };
  return {
    id: "test",
    resubmit: "billed",
    async start(): Promise<Started> {
      if (vendor.accepts) return { kind: "accepted", operation: { id: vendor.taskId }, pollAfterSeconds: 0 };
      const said = await say();
      return said.kind === "running" ? { kind: "accepted", operation: { id: vendor.taskId }, pollAfterSeconds: 0 } : said;
    },
    look: say,
    reconcile: async () => (vendor.word === "silence" ? null : say()),
    cancel: async () => undefined,
  };
}

export async function openStory(world: World, url: string): Promise<Story> {
  const accountId = await world.accountWith([100]);
  const submitted = await world.submit({ accountId, credits: 5 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  const { generationId } = submitted;
  const vendor: Vendor = { word: "running", accepts: true, taskId: randomUUID() };
  const workshop = await openWorkshop(world, providerOf(vendor, url));
  const seen = new Set<string>();
  const { rows } = await world.db.pool.query<{ id: string }>("select id from outputs where generation_id = $1", [generationId]);
  const outputId = rows[0]!.id;

  async function hurry(): Promise<void> {
    await world.db.pool.query(
      `update work set run_at = now(), next_poll_at = case when next_poll_at is not null then now() end,
         due_at = case when lease_owner is null then now() else due_at end`,
    );
    await world.db.pool.query("update inbox set due_at = now() where closed_at is null");
  }
  const story: Story = {
    world,
    vendor,
    url,
    accountId,
    outputId,
    generationId,
    workshop,
    seen,
    async look() {
      await hurry();
      await Promise.all((await takeMessages(world)).map((message) => workshop.advance.handle(message)));
      await workshop.look(10);
      await Promise.all((await workshop.advance.hear(10)).begun);
      const { output } = await story.read();
      if (output.settled) seen.add(output.state);
    },
    async sweep() {
      await expireLeases(world);
      await sweepOverdue({ db: world.db, doorbell: silentBell, resubmit });
    },
    async settleDown() {
      // A vendor that does not let itself be asked any more.
      if (vendor.word === "running") vendor.word = "silence";
      for (let round = 0; round < ROUNDS && !(await story.read()).output.settled; round += 1) {
        await story.look();
        await story.sweep();
        const unknown = await listUnknown(world.db, { outputIds: [outputId], limit: 1 });
        if (round > ROUNDS / 4) await writeOff({ db: world.db, doorbell: silentBell }, unknown, "the vendor never told");
        if (round > ROUNDS / 2) vendor.word = "permanent";
      }
      await story.look();
    },
    read: () => readStory(world, { generationId, outputId }),
  };
  return story;
}

async function readStory(world: World, { generationId, outputId }: { generationId: string; outputId: string }): Promise<Read> {
  const { rows } = await world.db.pool.query<Read["output"] & { ends: number; transfers: number }>(
    `select o.state, o.settled_at is not null as settled, o.captured, o.credits,
       (select count(*)::int from events where generation_id = $1 and type in ('generation.succeeded', 'generation.failed', 'generation.canceled')) as ends,
       (select count(*)::int from transfers where output_id = $2 and kind in ('capture', 'release')) as transfers
     from outputs o where o.id = $2`,
    [generationId, outputId],
  );
  const { ends, transfers, ...output } = rows[0]!;
  return { ends, transfers, output };
}

const words = fc.constantFrom<Word>("running", "delivered", "delivered", "refused", "canceled", "transient", "permanent", "silence");
const step = (name: string, run: Step["run"]): Step => ({ run, toString: () => name });

/** One message: about this output by its name, by its task, or about a task of nobody's; some come twice. */
const hooks = fc.record({ word: words, about: fc.constantFrom("output", "task", "both", "nobody"), event: fc.nat({ max: 5 }) }).map(({ word, about, event }) =>
  step(`webhook(${word}, ${about}, ${event})`, async ({ world, outputId, vendor, url }) => {
    await receive(world.db, "test", {
      eventId: `${outputId}-${event}`,
      outputId: about === "output" || about === "both" ? outputId : null,
      taskId: about === "nobody" ? "another" : about === "output" ? null : vendor.taskId,
      sight: word === "running" || word === "silence" ? null : sightOf(word, url),
    });
  }),
);

const answers = fc.record({ word: words, accepts: fc.boolean() }).map((given) =>
  step(`the vendor says ${given.word}${given.accepts ? ", and takes jobs" : ""}`, async ({ vendor }) => {
    Object.assign(vendor, given);
  }),
);

const cancel = async ({ world, accountId, generationId }: Story): Promise<void> =>
  void (await requestCancel(world.db, silentBell, { accountId, generationId }));

const looks = fc.constant(step("look", (story) => story.look()));
const deaths = fc.constant(step("the worker dies", (story) => story.sweep()));
const races = fc.constant(step("look twice and cancel at once", async (story) => void (await Promise.all([story.look(), story.look(), cancel(story)]))));
const cancels = fc.constant(step("cancel", cancel));
const writeOffs = fc.constant(
  step("write off", async ({ world, outputId }) => {
    const unknown = await listUnknown(world.db, { outputIds: [outputId], limit: 1 });
    await writeOff({ db: world.db, doorbell: silentBell }, unknown, "the vendor never told");
  }),
);

export const steps = fc.oneof(
  { weight: 4, arbitrary: hooks },
  { weight: 3, arbitrary: answers },
  { weight: 4, arbitrary: looks },
  { weight: 1, arbitrary: deaths },
  { weight: 1, arbitrary: races },
  { weight: 1, arbitrary: cancels },
  { weight: 1, arbitrary: writeOffs },
);
