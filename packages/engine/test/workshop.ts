/** A gen worker with a provider whose every step the test decides, on the real database and the real store. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { openFilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createHttpDownloads } from "@cooly/drivers/download/http";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import type { LiveCatalogue } from "../src/catalogue/index.ts";
import { createAdvance, type Advance } from "../src/generations/advance.ts";
import type { AdvanceParts } from "../src/generations/hand.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import type { Job, Log, Message, ObjectStore, Pictures, Provider, Scratch, Started } from "../src/ports/index.ts";
import type { Database } from "../src/db/index.ts";
import { Life } from "../../../test/rig/life.ts";
import { quietLog, type World } from "./fixture.ts";

// A whole PNG of one pixel.
export const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

export const delivered: Started = { kind: "delivered", result: { from: "bytes", body: pixel } };

export interface Workshop {
  readonly advance: Advance;
  /** Looks at what is due, and waits for it. Answers how many. */
  look(limit: number): Promise<number>;
  readonly store: ObjectStore;
  readonly starts: Job[];
}

export interface WorkshopOptions {
  readonly log?: Log;
  /** Its ports, as a process that may die sees them. */
  readonly life?: Life;
  /** An earlier workshop's store, for one that comes after it. */
  readonly store?: ObjectStore;
  /** In place of a real one. */
  readonly scratch?: Scratch;
  /** Default: it knows no manifest, and what was asked for is sent as it is. */
  readonly catalogue?: Pick<LiveCatalogue, "version">;
  readonly pictures?: Pictures;
}

export async function openWorkshop(
  world: World,
  provider: Partial<Provider> & { start: Provider["start"] },
  { life = new Life(null), log = quietLog, store: given, scratch: givenScratch, catalogue, pictures }: WorkshopOptions = {},
): Promise<Workshop> {
  const starts: Job[] = [];
  const store = given ?? (await openStore(world));
  const scratch = givenScratch ?? (await openFilesystemScratch({ directory: join(world.folder, "scratch") }));
  const watched: Provider = {
    id: "test",
    resubmit: "free",
    ...provider,
    async start(job, signal) {
      starts.push(job);
      await job.sending();
      return provider.start(job, signal);
    },
  };
  const advance = createAdvance({
    db: lendDatabase(life, world.db),
    doorbell: { ring() {} },
    providers: new Map([["test", life.lend("provider", watched)]]),
    catalogue: catalogue ?? { version: async () => null },
    store: life.lend("store", store),
    downloads: life.lend("downloads", createHttpDownloads()),
    scratch: lendScratch(life, scratch),
    media: life.lend("media", createMediaInspector()),
    log,
    ...(pictures && { pictures }),
  });
  const look = async (limit: number): Promise<number> => (await Promise.all((await advance.look(limit)).begun)).length;
  return { advance, look, store, starts };
}

/** What a worker has but for its vendors. */
export async function createWorkshopParts(
  world: World,
  { catalogue }: { catalogue: Pick<LiveCatalogue, "version"> },
): Promise<Omit<AdvanceParts, "providers">> {
  return {
    db: world.db,
    doorbell: { ring() {} },
    catalogue,
    store: await openStore(world),
    downloads: createHttpDownloads(),
    scratch: await openFilesystemScratch({ directory: join(world.folder, "scratch") }),
    media: createMediaInspector(),
    log: quietLog,
  };
}

async function openStore({ folder }: World): Promise<ObjectStore> {
  const directory = await mkdtemp(join(folder, "store-"));
  return createFilesystemStore({ directory, publicUrl: "http://localhost", secret: "x".repeat(32) });
}

/** A transaction hands out a runner of its own, which is lent too. */
export function lendDatabase(life: Life, db: Database): Database {
  const lent = life.lend("db", db);
  return { ...lent, pool: db.pool, transaction: (work, options) => lent.transaction((tx) => work(life.lend("tx", tx)), options) };
}

/** What is landed is lent too: it takes a live process to discard it. */
function lendScratch(life: Life, scratch: Scratch): Scratch {
  const lent = life.lend("scratch", scratch);
  return {
    async land(body, options) {
      const landed = await lent.land(body, options);
      // To open it is no call to the world: what is opened answers later.
      return { ...life.lend("landed", landed), open: () => landed.open() };
    },
  };
}

/** What the relay would have handed to the queue. */
export async function takeMessages(world: World): Promise<Message[]> {
  const { rows } = await world.db.pool.query<{ output_id: string; attempt: number }>("delete from outbox returning output_id, attempt");
  return rows.map(({ output_id, attempt }) => ({ outputId: output_id, attempt }));
}

export const expireLeases = (world: World) =>
  world.db.pool.query("update work set lease_until = now() - interval '1 second', due_at = now() - interval '1 second' where lease_owner is not null");

/** One round of what the roles do; after it everything that would have to be waited for is due. */
export async function makeRound(world: World, { advance, look }: Workshop, resubmit: Provider["resubmit"]): Promise<void> {
  await Promise.all((await takeMessages(world)).map((message) => advance.handle(message)));
  await look(10);
  await Promise.all((await advance.hear(10)).begun);
  await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map([["test", resubmit]]) });
  await world.db.pool.query(`update work set run_at = now(), next_poll_at = case when next_poll_at is not null then now() end,
    due_at = case when lease_owner is null then now() else due_at end`);
  await world.db.pool.query("update outbox set available_at = now()");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
