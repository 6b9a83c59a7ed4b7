import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ObjectStore } from "@cooly/engine/ports";
import { createFilesystemStore } from "../filesystem/index.ts";
import { createStoreLinks } from "../links.ts";
import { createFallbackStore, type FallbackStore } from "./index.ts";

const options = { mime: "image/png", maxBytes: 1000 };
const link = { expiresAt: new Date(Date.now() + 600_000), mime: "image/png" };
const links = createStoreLinks({ publicUrl: "http://api", secret: "s".repeat(32) });

let folder: string;
let first: ObjectStore;
let second: ObjectStore;
let warned: object[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-fallback-"));
  const open = (name: string): ObjectStore => createFilesystemStore({ directory: join(folder, name), publicUrl: "", secret: "" });
  [first, second] = [open("first"), open("second")];
  warned = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const log = { debug() {}, info() {}, error() {}, warn: (event: string, facts?: object) => void warned.push({ event, ...facts }) };
const both = (more: { first?: ObjectStore; second?: ObjectStore; copyBack?: boolean } = {}): FallbackStore =>
  createFallbackStore({ first, second, links, copyBack: true, log, ...more });
const read = async (store: ObjectStore, key: string): Promise<string | null> => {
  const found = await store.open(key);
  return found && text(found.body);
};
/** As if browsers reached it. */
const reachable = (store: ObjectStore, host: string): ObjectStore => {
  const { openSigned: _, ...rest } = store;
  return { ...rest, signedUrl: (key) => `https://${host}/${key}` };
};

test("what is put goes to the first alone", async () => {
  await both().put("m/a", Buffer.from("x"), options);
  expect([await read(first, "m/a"), await read(second, "m/a")]).toEqual(["x", null]);
});

test("what the first lacks is read from the second, and copied once", async () => {
  await second.put("m/old", Buffer.from("old"), options);
  let opened = 0;
  const store = both({ second: { ...second, open: (key, range) => ((opened += 1), second.open(key, range)) } });
  expect(await store.stat("m/old")).toEqual({ sizeBytes: 3 });
  expect(await Promise.all([read(store, "m/old"), read(store, "m/old"), read(store, "m/old")])).toEqual(["old", "old", "old"]);
  await store.settled();
  expect(await read(first, "m/old")).toBe("old");
  expect(opened).toBe(4);
  expect(await read(store, "m/old")).toBe("old");
  expect(opened).toBe(4);
});

test("without copying the first stays as it is", async () => {
  await second.put("m/old", Buffer.from("old"), options);
  const store = both({ copyBack: false });
  await read(store, "m/old");
  await store.locate!("m/old", link);
  await store.settled();
  expect(await first.stat("m/old")).toBeNull();
});

test("never more than two copies at once", async () => {
  for (let number = 0; number < 9; number += 1) await second.put(`m/${number}`, Buffer.from("x"), options);
  let [now, most] = [0, 0];
  const put: ObjectStore["put"] = async (key, body, given) => {
    most = Math.max(most, (now += 1));
    try {
      return await first.put(key, body, given);
    } finally {
      now -= 1;
    }
  };
  const store = both({ first: { ...first, put } });
  for (let number = 0; number < 9; number += 1) await store.locate!(`m/${number}`, link);
  await store.settled();
  expect(most).toBe(2);
  for (let number = 0; number < 9; number += 1) expect(await first.stat(`m/${number}`)).not.toBeNull();
});

test("a copy that fails breaks no read, and is told once", async () => {
  await second.put("m/old", Buffer.from("old"), options);
  const store = both({ first: { ...first, put: () => Promise.reject(new Error("full")) } });
  for (let reads = 0; reads < 3; reads += 1) {
    expect(await read(store, "m/old")).toBe("old");
    await store.settled();
  }
  expect(warned).toEqual([expect.objectContaining({ event: "store.copy_failed", key: "m/old" })]);
});

test("what is removed is gone from both, though a copy was under way", async () => {
  await second.put("m/old", Buffer.from("old"), options);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: goOn, resolve: proceed } = Promise.withResolvers<void>();
  const put: ObjectStore["put"] = async (key, body, given) => {
    begin();
    await goOn;
    return first.put(key, body, given);
  };
  const store = both({ first: { ...first, put } });
  expect(await read(store, "m/old")).toBe("old");
  await begun;
  await store.remove(["m/old", "m/never"]);
  proceed();
  await store.settled();
  expect([await first.stat("m/old"), await second.stat("m/old")]).toEqual([null, null]);
});

test("trouble with the first is trouble, and no miss", async () => {
  await second.put("m/old", Buffer.from("old"), options);
  const away = async (): Promise<never> => Promise.reject(new Error("away"));
  const store = both({ first: { ...first, open: away, stat: away } });
  await expect(store.open("m/old")).rejects.toThrow("away");
  await expect(store.locate!("m/old", link)).rejects.toThrow("away");
});

test("both are listed, what is in both once", async () => {
  await first.put("m/a", Buffer.from("x"), options);
  for (const key of ["m/a", "m/b"]) await second.put(key, Buffer.from("x"), options);
  const keys: string[] = [];
  for await (const { key } of both().list("m/")) keys.push(key);
  expect(keys.toSorted()).toEqual(["m/a", "m/b"]);
});

test("links are the API's, which sends on to whoever has it, or answers itself", async () => {
  await first.put("m/new", Buffer.from("x"), options);
  await second.put("m/old", Buffer.from("x"), options);
  const store = both({ first: reachable(first, "first"), copyBack: false });
  const url = store.signedUrl("m/old", link);
  expect(url).toMatch(/^http:\/\/api\/media\/m\/old\?/);
  expect(store.openSigned!(url.slice("http://api".length), new Date())).toMatchObject({ key: "m/old", method: "GET" });
  expect(await store.locate!("m/new", link)).toBe("https://first/m/new");
  expect(await store.locate!("m/old", link)).toBeNull();
  expect(await store.locate!("m/none", link)).toBeNull();
  expect(await both({ second: reachable(second, "second"), copyBack: false }).locate!("m/old", link)).toBe("https://second/m/old");
});
