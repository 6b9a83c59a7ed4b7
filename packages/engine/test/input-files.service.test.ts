/** What a vendor is sent of files, by the map of its route; and what becomes of an output whose file is gone. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newUuid, toPublicId, type FieldRule, type ModelManifest } from "@cooly/contract";
import { createSharpPictures } from "@cooly/drivers/media/sharp/pictures";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { isReachable, type FileGiven } from "../src/generations/input-files.ts";
import { findGeneration } from "../src/generations/read.ts";
import type { ObjectStore } from "../src/ports/index.ts";
import { dropUpload, record, usualAllowance } from "../src/uploads/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, testModel, type World } from "./fixture.ts";
import { delivered, openWorkshop, takeMessages } from "./workshop.ts";

let world: World;
let store: ObjectStore;
beforeAll(async () => {
  world = await openWorld();
  store = createFilesystemStore({ directory: await mkdtemp(join(world.folder, "files-")), publicUrl: "https://cooly.example", secret: "s".repeat(32) });
});
afterAll(() => world.close());

async function kept(accountId: string, bytes: Buffer, purpose: "image" | "mask" = "image"): Promise<{ id: string; upload: string }> {
  const id = newUuid();
  const storageKey = `m/${accountId}/${newUuid()}`;
  const { sha256 } = await store.put(storageKey, bytes, { mime: "image/png", maxBytes: bytes.length });
  const copy = { storageKey, thumbnailKey: null, mime: "image/png", width: 4, height: 2, bytes: bytes.length, sha256 };
  await record(world.db, { id, accountId, purpose, source: { mime: "image/png", bytes: bytes.length, sha256 } }, { copy, allowance: usualAllowance });
  return { id, upload: toPublicId("upload", id) };
}

const picture = (shade: number): Promise<Buffer> =>
  sharp({ create: { width: 4, height: 2, channels: 3, background: { r: shade, g: shade, b: shade } } })
    .png()
    .toBuffer();

const modelWith = (params: Record<string, Partial<FieldRule>>): ModelManifest => ({
  ...testModel,
  price: { kind: "per_output", credits: 1 },
  routes: [
    {
      ...testModel.routes[0]!,
      map: { params: Object.fromEntries(Object.entries(params).map(([name, rule]) => [name, { to: name, ...rule }])), combined: [], fixed: [] },
    },
  ],
});

/** What the provider is given, or what the output became. */
async function send(accountId: string, model: ModelManifest, input: Record<string, unknown>) {
  const submitted = await world.submit({ accountId, credits: 1, model, input });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  const catalogue = { version: async () => model };
  const { advance, starts } = await openWorkshop(world, { start: async () => delivered }, { store, catalogue, pictures: createSharpPictures() });
  for (const message of await takeMessages(world)) await advance.handle(message);
  return { request: starts[0]?.request, generation: (await findGeneration(world.db, accountId, submitted.generationId))! };
}

test("each form, of one file and of a list", async () => {
  const accountId = await world.accountWith([10]);
  const [one, two] = [await picture(10), await picture(20)];
  const [first, second] = [await kept(accountId, one), await kept(accountId, two)];
  const model = modelWith({
    image: { to: "a.picture", as: "data_uri" },
    references: { as: "base64" },
    start: { as: "file" },
    end: { as: "url" },
    others: { as: "file" },
  });
  const { request } = await send(accountId, model, {
    image: { upload: first.upload },
    references: [{ upload: first.upload }, { upload: second.upload }],
    start: { upload: second.upload },
    end: { upload: first.upload },
    others: [{ upload: second.upload }],
  });
  expect(request).toMatchObject({
    a: { picture: `data:image/png;base64,${one.toString("base64")}` },
    references: [one.toString("base64"), two.toString("base64")],
    start: { mime: "image/png", name: "file.png" },
  });
  expect(Buffer.from((request!["start"] as FileGiven).bytes)).toEqual(two);
  expect((request!["others"] as FileGiven[]).map(({ bytes }) => Buffer.from(bytes).length)).toEqual([two.length]);
  const link = new URL(request!["end"] as string);
  expect(store.openSigned!(link.pathname + link.search, new Date(Date.now() + 3_600_000))).toMatchObject({ method: "GET", mime: "image/png" });
});

test.each([
  ["https://media.cooly.example/a", true],
  ["https://203.0.113.9/a", true],
  ["http://localhost:9000/a", false],
  ["http://minio:9000/a", false],
  ["http://10.1.2.3:9000/a", false],
  ["http://192.168.1.2/a", false],
  ["http://[::1]:9000/a", false],
  ["http://[fd00::7]/a", false],
  ["http://nas.local/a", false],
  ["/media/a", false],
])("a vendor can fetch %s: %s", (url, can) => {
  expect(isReachable(url)).toBe(can);
});

test("a mask by transparency: what was white lets through", async () => {
  const accountId = await world.accountWith([10]);
  const mask = await kept(accountId, await picture(255), "mask");
  const { request } = await send(accountId, modelWith({ mask: { as: "file", mask: "alpha" } }), { mask: { upload: mask.upload } });
  const { bytes, mime } = request!["mask"] as FileGiven;
  const { channels } = await sharp(bytes).stats();
  expect([mime, channels.length, channels[3]!.max]).toEqual(["image/png", 4, 0]);
});

test.each(["deleted since", "gone from storage", "another account's"])(
  "a file that is %s: refused in words, nothing is sent, credits go back",
  async (what) => {
    const accountId = await world.accountWith([10]);
    const owner = what === "another account's" ? await world.accountWith([1]) : accountId;
    const file = await kept(owner, await picture(30));
    if (what === "deleted since") await dropUpload(world.db, accountId, file.id);
    if (what === "gone from storage") {
      const { rows } = await world.db.pool.query<{ storage_key: string }>("select storage_key from uploads where id = $1", [file.id]);
      await store.remove(rows.map(({ storage_key }) => storage_key));
    }
    const { request, generation } = await send(accountId, modelWith({ image: { as: "base64" } }), { image: { upload: file.upload } });
    expect(request).toBeUndefined();
    expect(generation).toMatchObject({ status: "failed", charged: 0, released: 1 });
    expect(generation.outputs[0]).toMatchObject({ state: "refused", error: { code: "invalid_request" } });
    expect(generation.outputs[0]!.error!.message).toMatch(/^A file that was given for this/);
  },
);

test("files that are too large together are not taken into memory: refused in words, credits go back", async () => {
  const accountId = await world.accountWith([10]);
  const { upload } = await kept(accountId, Buffer.alloc(20 * 1024 * 1024));
  const asked = { references: [{ upload }, { upload }, { upload }] };
  const { request, generation } = await send(accountId, modelWith({ references: { as: "base64" } }), asked);
  expect(request).toBeUndefined();
  expect(generation).toMatchObject({ status: "failed", charged: 0, released: 1 });
  expect(generation.outputs[0]).toMatchObject({
    state: "refused",
    error: { code: "invalid_request", message: "The files that were given for this are too large to be sent." },
  });
  expect((await send(accountId, modelWith({ references: { as: "url" } }), asked)).generation).toMatchObject({ status: "succeeded" });
});

test("the books are in order", async () => {
  expect((await verifyBooks(world.db)).violations).toEqual([]);
});
