/** The API on a loopback port, on a real database and a real store. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { fromPublicId, scopes, toPublicId, type ModelManifest, type Scope } from "@cooly/contract";
import {
  createApiKey,
  createEventHub,
  createHitTable,
  createLimiter,
  createSubmit,
  createUploads,
  grant,
  openCatalogue,
  openDatabase,
  openDoorbell,
  settle,
  shippedModels,
  statement,
  type Database,
  type Doorbell,
  type Verdict,
} from "@cooly/engine";
import { quietTracer, type Log, type ObjectStore, type Pictures, type Scratch } from "@cooly/engine/ports";
import { createSimulatorHookReader } from "@cooly/drivers/provider/simulator/hook";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createGuardedDownloads } from "@cooly/drivers/download/guarded";
import { createPicturesApart } from "@cooly/drivers/media/sharp/pictures-apart";
import { openFilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import { freshDatabase } from "../../../../test/postgres.ts";
import { tellInstallation } from "../../src/metrics/installation.ts";
import { createMeters } from "../../src/metrics/prometheus.ts";
import { createApi, createApiServer, type Api, type ApiParts, type ApiSettings } from "../../src/api/index.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly facts: object;
}

export interface Ground {
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly store: ObjectStore;
  readonly scratch: Scratch;
  readonly pictures: Pictures;
  readonly url: string;
  close(): Promise<void>;
}

/** One database and one store, for any number of APIs. */
export async function openGround(openStore?: () => Promise<ObjectStore>): Promise<Ground> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase({ connectionString: url, max: 10 });
  const doorbell = openDoorbell({ connectionString: url, pool: db.pool, log: silent });
  const directory = await mkdtemp(join(tmpdir(), "cooly-api-"));
  const store = openStore ? await openStore() : createFilesystemStore({ directory: join(directory, "media"), publicUrl: "", secret: "s".repeat(32) });
  const scratch = await openFilesystemScratch({ directory: join(directory, "scratch") });
  const pictures = createPicturesApart();
  return {
    db,
    doorbell,
    store,
    scratch,
    pictures,
    url,
    async close() {
      pictures.close();
      scratch.close();
      await doorbell.close();
      await db.close();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface House {
  readonly origin: string;
  readonly port: number;
  readonly api: Api;
  readonly ground: Ground;
  readonly lines: LogLine[];
  /** What the catalogue answers for demo/painter; a test may change it. */
  readonly prices: { credits: number };
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly settings?: Partial<ApiSettings>;
  readonly parts?: Partial<ApiParts>;
  readonly studio?: RequestListener;
  /** Besides those that are shipped. */
  readonly models?: readonly ModelManifest[];
}

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const usual: Omit<ApiSettings, "publicUrl"> = {
  allowedOrigins: ["https://studio.example"],
  mediaOrigins: [],
  uploadOrigins: [],
  authSecret: "t".repeat(32),
  cookieDomain: null,
  trustedProxyHops: 0,
  freeCredits: 100,
  freeCreditsDays: null,
  signUp: true,
  rateLimitPerMinute: 100_000,
  rateLimitKeyPerMinute: 100_000,
  metricsToken: null,
  rateLimitIpPerMinute: 100_000,
  signInPerMinute: 100_000,
  version: "0.0.1",
  demo: null,
};

let opened = 0;

export async function openHouse(ground: Ground, { settings = {}, parts = {}, studio, models = [] }: HouseOptions = {}): Promise<House> {
  const { db, doorbell, store } = ground;
  const { lines, log } = recordLog();
  const shipped = openCatalogue({ providers: new Set(["demo"]), shipped: [...shippedModels, ...models] });
  const prices = { credits: 1 };
  const priced = (model: ModelManifest): ModelManifest => (prices.credits === 1 ? model : { ...model, price: { kind: "per_output", credits: prices.credits } });
  const hub = createEventHub({ db, doorbell, log });
  const uploads = createUploads({ db, store, scratch: ground.scratch, pictures: ground.pictures, log });
  // A minute of its own that does not pass: no limit is reset, or used up by another house, in the middle of a test.
  const minute = Date.now() + (opened += 1) * 3_600_000;
  const limiter = createLimiter({ hits: createHitTable(db), log, nowMs: () => minute });
  const meters = createMeters(log);
  tellInstallation(meters, db);
  let handler: RequestListener = (_request, response) => response.destroy();
  const server = createApiServer((request, response) => handler(request, response));
  const port = await listen(server);
  const origin = settings.publicUrl ?? `http://127.0.0.1:${port}`;
  const api = await createApi({
    db,
    doorbell,
    store,
    hub,
    hooks: new Map([["sim-hook", createSimulatorHookReader("words")]]),
    uploads,
    fetches: createGuardedDownloads(),
    limiter,
    cache: null,
    log,
    meters,
    tracer: quietTracer,
    catalogue: {
      list: () => shipped.list().map(priced),
      find: (id) => ((model) => model && priced(model))(shipped.find(id)),
      choose: shipped.choose,
      ended: shipped.ended,
    },
    submit: createSubmit(db, doorbell),
    clock: { now: () => new Date() },
    readiness: async () => ({ database: { status: "up" } }),
    studio: studio ?? null,
    ...parts,
    settings: {
      publicUrl: origin,
      ...usual,
      ...settings,
    },
  });
  handler = api.handler;
  const at = `http://127.0.0.1:${port}`;
  return {
    origin: at,
    port,
    api,
    ground,
    lines,
    prices,
    get: (path, headers = {}) => fetch(`${at}${path}`, { headers, redirect: "manual" }),
    post: (path, body, headers = {}) =>
      fetch(`${at}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) }),
    async close() {
      await api.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await hub.close();
      await limiter.close();
    },
  };
}

function recordLog(): { lines: LogLine[]; log: Log } {
  const lines: LogLine[] = [];
  const write =
    (level: LogLine["level"]) =>
    (event: string, facts: object = {}) =>
      void lines.push({ level, event, facts });
  return { lines, log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") } };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

export interface Someone {
  readonly accountId: string;
  readonly email: string;
  readonly password: string;
  readonly bearer: Record<string, string>;
}

/** A person with an account and a key. */
export async function someone(house: House, { credits = 1000, allowed = scopes }: { credits?: number; allowed?: readonly Scope[] } = {}): Promise<Someone> {
  const email = `${randomUUID()}@example.com`;
  const password = "correct horse";
  const { accountId } = await house.api.auth.createPerson({ email, password, name: "Somebody", admin: false });
  if (credits > 0) await grant(house.ground.db, { accountId, source: "grant", businessKey: randomUUID(), credits, expiresAt: null, reason: null });
  return { accountId, email, password, bearer: await keyFor(house, accountId, allowed) };
}

export async function keyFor(house: House, accountId: string, allowed: readonly Scope[] = scopes): Promise<Record<string, string>> {
  const { key } = await createApiKey(house.ground.db, { accountId, name: "test", scopes: allowed, expiresAt: null });
  return { authorization: `Bearer ${key}` };
}

/** The headers of a signed-in page of the house. */
export async function signIn(house: House, { email, password }: { email: string; password: string }): Promise<Record<string, string>> {
  const reply = await house.post("/api/auth/sign-in/email", { email, password }, { origin: house.origin });
  if (reply.status !== 200) throw new Error(`sign-in answered ${reply.status}: ${await reply.text()}`);
  return { cookie: cookiesOf(reply), origin: house.origin };
}

export const cookiesOf = (reply: Response): string =>
  reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");

export const painting = (input: object = {}, members: object = {}): object => ({
  model: "demo/painter",
  input: { prompt: "a lighthouse", size: "512x512", ...input },
  ...members,
});

const openAccount = statement("test.api_account", z.object({ id: z.string() }), `insert into accounts (id, name) values ($1, 'test') returning id`);
const takeOutput = statement(
  "test.api_claim",
  z.object({ output_id: z.string(), attempt: z.number() }),
  `select output_id, attempt from claim_work(array[$1::uuid], array[0], $2, 60)`,
);
const outputsOf = statement(
  "test.api_outputs",
  z.object({ id: z.string(), account_id: z.string(), generation_id: z.string() }),
  `select id, account_id, generation_id from outputs where generation_id = $1 order by index`,
);

/** An account without a person: quick to make. */
export async function accountWith(ground: Ground, credits: number): Promise<string> {
  const accountId = randomUUID();
  await ground.db.one(openAccount, [accountId]);
  if (credits > 0) await grant(ground.db, { accountId, source: "grant", businessKey: randomUUID(), credits, expiresAt: null, reason: null });
  return accountId;
}

export async function keyWith(house: House, credits: number, allowed: readonly Scope[] = scopes): Promise<Record<string, string>> {
  return keyFor(house, await accountWith(house.ground, credits), allowed);
}

/** What a gen worker would do: takes every output and delivers it. */
export async function deliver({ db, store, doorbell }: Ground, generationId: string, content = Buffer.from("picture bytes")): Promise<void> {
  for (const output of await db.rows(outputsOf, [generationId])) {
    const { attempt } = await db.one(takeOutput, [output.id, randomUUID()]);
    const storageKey = `m/${output.account_id}/${output.id}`;
    const { sizeBytes, sha256 } = await store.put(storageKey, content, { mime: "image/png", maxBytes: 1_000_000 });
    const verdict: Verdict = {
      outputId: output.id,
      accountId: output.account_id,
      attempt,
      state: "delivered",
      providerMs: 7,
      transferMs: 2,
      media: {
        storageKey,
        thumbnailKey: storageKey,
        mime: "image/png",
        width: 512,
        height: 512,
        bytes: sizeBytes,
        durationMs: null,
        sha256,
        thumbhash: null,
        waveform: null,
        provenance: null,
      },
    };
    await settle(db, [verdict]);
  }
  doorbell.ring("events");
}

export async function count({ db }: Ground, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) counts[table] = (await db.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;
  return counts;
}

export const written = ["generations", "outputs", "work", "outbox", "transfers", "events", "idempotency_keys", "api_keys", "reservations"];

/** Sends bytes as they are; answers with everything that came back until the server closed or fell silent. */
export function sendRaw(port: number, bytes: string | Buffer, silenceMs = 1_500): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const end = (): void => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    socket.setTimeout(silenceMs, end);
    socket
      .on("data", (chunk) => chunks.push(chunk))
      .on("end", end)
      .on("error", end);
  });
}

export interface SseEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream until `enough` says so or it ends. */
export async function readEvents(
  reply: Response,
  enough: (events: readonly SseEvent[]) => boolean = () => false,
): Promise<{ events: SseEvent[]; text: string; ended: boolean }> {
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const parse = (): SseEvent[] =>
    text
      .split("\n\n")
      .slice(0, -1)
      .flatMap((block) => parseBlock(block) ?? []);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { events: parse(), text, ended: true };
    text += value;
    const events = parse();
    if (enough(events)) {
      await reader.cancel();
      return { events, text, ended: false };
    }
  }
}

function parseBlock(block: string): SseEvent | null {
  const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)] as const));
  const data = fields.get("data");
  return data === undefined ? null : { id: Number(fields.get("id")), event: fields.get("event") ?? "", data: JSON.parse(data) as Record<string, unknown> };
}

export const publicGeneration = (uuid: string): string => toPublicId("generation", uuid);
export const uuidOf = (id: string): string => fromPublicId("generation", id)!;

export const json = async <T>(reply: Response | Promise<Response>): Promise<T> => (await (await reply).json()) as T;

/** Works with a house of its own, which is closed afterwards. */
export async function inHouse<T>(ground: Ground, options: Parameters<typeof openHouse>[1], work: (own: House) => Promise<T>): Promise<T> {
  const own = await openHouse(ground, options);
  try {
    return await work(own);
  } finally {
    await own.close();
  }
}
