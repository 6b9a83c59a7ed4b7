/** The pipeline with the roles of the product in one process, as `npm start` has them; only the provider is the bench's own. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ModelManifest } from "@cooly/contract";
import { createHttpDownloads } from "@cooly/drivers/download/http";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createAdvance, createSubmit, openDatabase, openDoorbell, type Database, type Doorbell } from "@cooly/engine";
import type { Log, MediaInspector, ObjectStore, Provider, Queue, Scratch } from "@cooly/engine/ports";
import { createGenWorker } from "../../apps/server/src/workers/gen-worker/index.ts";
import { createOutboxRelay } from "../../apps/server/src/workers/outbox-relay/index.ts";
import { createSessionSweeper } from "../../apps/server/src/workers/session-sweeper/index.ts";
import { makePicture } from "../../test/simulator/src/picture.ts";
import { openQueue } from "./queue.ts";
import { CONCURRENCY, type Seen, type Side, type SideOptions } from "./side.ts";

export const quiet: Log = { debug() {}, info() {}, warn() {}, error: (event, facts) => process.stderr.write(`${event} ${JSON.stringify(facts)}\n`) };

const PROVIDER = "instant";
const SUBMITTERS = 64;

const model: ModelManifest = {
  id: "bench/instant",
  version: 1,
  name: "Instant",
  kind: "image",
  description: "Answers at once.",
  outputs: { max: 16, default: 1 },
  params: {},
  price: { kind: "per_output", credits: 4 },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 60,
  routes: [{ provider: PROVIDER, upstream_id: "instant" }],
};

const picture = makePicture("bench");

/** `no files`: nothing is looked at or kept of what the provider makes. What is left is the database's part. */
export type Media = "files" | "no files";

interface Parts {
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly queue: Queue;
  readonly store: ObjectStore;
  readonly media: MediaInspector;
}

export async function openCooly(options: SideOptions, media: Media): Promise<Side> {
  const parts = await openParts(options, media);
  const { db, doorbell, queue } = parts;
  const submit = createSubmit(db, doorbell);
  let turn = 0;
  const add = async (): Promise<void> => {
    const accountId = options.accountIds[(turn += 1) % options.accountIds.length]!;
    const input = { prompt: "a lighthouse above a quiet sea at dusk, long light, autumn" };
    const request = { model: model.id, input, outputs: 1 };
    const { outcome } = await submit({
      accountId,
      apiKeyId: null,
      idempotencyKey: `bench-${process.pid}-${turn}`,
      model,
      input,
      outputs: 1,
      metadata: {},
      request,
    });
    if (outcome !== "accepted") throw new Error(`a generation was ${outcome}`);
  };
  return {
    add,
    async addMany(count) {
      let left = count;
      const submitter = async (): Promise<void> => {
        for (; left > 0; await add()) left -= 1;
      };
      await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
    },
    work: (seen) => work(parts, seen, options.providerMs ?? 0),
    async close() {
      await queue.close();
      await doorbell.close();
      await db.close();
    },
  };
}

async function openParts({ url, home, broker }: SideOptions, media: Media): Promise<Parts> {
  const db = openDatabase({ connectionString: url, max: 10 });
  const doorbell = openDoorbell({ connectionString: url, pool: db.pool, log: quiet });
  const queue = await openQueue(broker, { db, doorbell });
  const store = createFilesystemStore({ directory: join(home, "media"), publicUrl: "http://localhost", secret: "b".repeat(32) });
  if (media === "files") return { db, doorbell, queue, store, media: createMediaInspector() };
  const kept = { sizeBytes: picture.length, sha256: createHash("sha256").update(picture).digest("hex") };
  const seen = { kind: "image", mime: "image/png", width: 64, height: 64, durationMs: null, thumbnail: new Uint8Array(), thumbhash: "" } as const;
  return { db, doorbell, queue, store: { ...store, put: async () => kept }, media: { inspect: async () => seen } };
}

async function work(parts: Parts, { started, finished }: Seen, providerMs: number): Promise<{ stop(): Promise<void> }> {
  const provider: Provider = {
    id: PROVIDER,
    resubmit: "free",
    async start(job, signal) {
      started();
      await job.sending();
      if (providerMs > 0) await sleep(providerMs, undefined, { signal });
      return { kind: "delivered", result: { from: "bytes", body: picture } };
    },
  };
  // The worker says so of each output, once its verdict is recorded.
  const log: Log = { ...quiet, info: (event) => void (event === "gen-worker.settled" && finished()) };
  // The provider hands over bytes, none of which waits on the disk.
  const scratch: Scratch = { land: () => Promise.reject(new Error("nothing streams")) };
  const advance = createAdvance({
    ...parts,
    catalogue: { version: async () => null },
    scratch,
    downloads: createHttpDownloads(),
    providers: new Map([[PROVIDER, provider]]),
    log,
  });
  const roles = [
    createOutboxRelay({ ...parts, log }),
    createGenWorker({ ...parts, advance, concurrency: CONCURRENCY, log }),
    createSessionSweeper({ ...parts, resubmit: new Map([[PROVIDER, "free" as const]]), buckets: [], log }),
  ];
  const stopping = new AbortController();
  const running = roles.map((role) => role.run(stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
