/** What every store promises, asked of each on a real server. */
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ObjectStore } from "@cooly/engine/ports";
import { hashOf, MIB, pieces, sampleOf, silent } from "./bodies.ts";

export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** Uploads, or files, that somebody began and nobody has ended. */
  unfinished(): Promise<number>;
  /** Begins one and leaves it. */
  leaveUnfinished(key: string): Promise<void>;
  /** Where somebody without a link would look. */
  address(key: string): string;
  close(): Promise<void>;
}

/** What this server is known to do. */
export interface Known {
  readonly checksSignatures: boolean;
}

const OPEN_MS = 120_000;
const MIME = "image/png";
const options = { mime: MIME, maxBytes: 64 * MIB };
const soon = (): Date => new Date(Date.now() + 600_000);
const sizes = [0, 1, 100_000, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 16 * MIB, 40 * MIB];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export function storeSuite(open: () => Promise<StoreUnderTest>, known: Known): void {
  const ground = new Ground();
  beforeAll(async () => {
    ground.opened = await open();
  }, OPEN_MS);
  afterAll(() => ground.opened?.close());
  describe("what is put is there whole", () => askForWhole(ground));
  describe("or not at all", () => askForNothing(ground));
  describe("an end that is not its own", () => askForEnds(ground));
  describe("reading", () => askToRead(ground));
  describe("many, and one alone", () => askForMany(ground));
  describe("links", () => askForLinks(ground, known));
}

/** What is open once the tests run. */
class Ground {
  opened: StoreUnderTest | null = null;
  private serial = 0;

  get under(): StoreUnderTest {
    if (!this.opened) throw new Error("the store was not opened");
    return this.opened;
  }

  get store(): ObjectStore {
    return this.under.store;
  }

  newKey(): string {
    return `m/account/${(this.serial += 1)}`;
  }

  async read(key: string): Promise<Buffer | null> {
    const found = await this.store.open(key);
    return found && buffer(found.body);
  }

  async expectNothing(key: string): Promise<void> {
    expect([await this.store.stat(key), await this.store.open(key), await this.under.unfinished()]).toEqual([null, null, 0]);
  }
}

function askForWhole(ground: Ground): void {
  test.each(sizes)("%d bytes: at once, as a stream of known and of unknown length", async (size) => {
    const { bytes, sha256 } = sampleOf(size);
    for (const [body, more] of [
      [bytes, {}],
      [pieces(bytes), { sizeBytes: size }],
      [pieces(bytes), {}],
    ] as const) {
      const key = ground.newKey();
      expect(await ground.store.put(key, body, { ...options, ...more })).toEqual({ sizeBytes: size, sha256 });
      expect(await ground.store.stat(key)).toEqual({ sizeBytes: size });
      const found = (await ground.store.open(key))!;
      expect(found.sizeBytes).toBe(size);
      expect(hashOf(await buffer(found.body))).toBe(sha256);
      await ground.store.remove([key]);
    }
    expect(await ground.under.unfinished()).toBe(0);
  });

  test("several large ones at once do not mix", async () => {
    const samples = [21, 22, 23, 24, 25, 26].map((mib) => ({ key: ground.newKey(), ...sampleOf(mib * MIB + 17) }));
    await Promise.all(samples.map(({ key, bytes }) => ground.store.put(key, pieces(bytes), options)));
    for (const { key, sha256 } of samples) expect(hashOf((await ground.read(key))!)).toBe(sha256);
    await ground.store.remove(samples.map(({ key }) => key));
  });
}

function askForNothing(ground: Ground): void {
  const { bytes } = sampleOf(30 * MIB);

  test.each([
    ["at once", 0, {}],
    ["soon", 400_000, {}],
    ["in the second part", 12 * MIB, {}],
    ["after its last byte", 30 * MIB, {}],
    ["in the middle, its size being known", 15 * MIB, { sizeBytes: 30 * MIB }],
    ["after its last byte, its size being known", 30 * MIB, { sizeBytes: 30 * MIB }],
    ["in the middle, its size being known to be small", 9 * MIB, { sizeBytes: 12 * MIB }],
  ])("a body that fails %s", async (_when, failAt, more) => {
    const key = ground.newKey();
    const error = new Error("the source has failed");
    await expect(ground.store.put(key, pieces(bytes, { failAt, error }), { ...options, ...more })).rejects.toBe(error);
    await ground.expectNothing(key);
  });
}

function askForEnds(ground: Ground): void {
  const { bytes } = sampleOf(30 * MIB);

  test("an abort before anything is read", async () => {
    const key = ground.newKey();
    await expect(ground.store.put(key, bytes, { ...options, signal: AbortSignal.abort() })).rejects.toThrow();
    await ground.expectNothing(key);
  });

  test.each([
    [1 * MIB, {}],
    [20 * MIB, {}],
    [20 * MIB, { sizeBytes: 30 * MIB }],
    [10 * MIB, { sizeBytes: 12 * MIB }],
  ])("an abort after %d bytes, %j, while it is still read", async (after, more) => {
    const key = ground.newKey();
    const stop = new AbortController();
    let read = 0;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces(bytes)) {
        read += piece.length;
        if (read >= after) stop.abort(new Error("enough"));
        yield piece;
      }
    };
    await expect(ground.store.put(key, body(), { ...options, ...more, signal: stop.signal })).rejects.toThrow();
    await ground.expectNothing(key);
  });

  test.each([
    ["larger than allowed", { maxBytes: 10 * MIB }],
    ["known to be larger than allowed", { maxBytes: 10 * MIB, sizeBytes: 30 * MIB }],
    ["shorter than was said", { sizeBytes: 30 * MIB + 1 }],
    ["longer than was said", { sizeBytes: 30 * MIB - 1 }],
    ["longer than was said by one part", { sizeBytes: 12 * MIB }],
    ["much longer than was said", { sizeBytes: 1000 }],
  ])("a body that is %s", async (_what, more) => {
    for (const body of [pieces(bytes), bytes]) {
      const key = ground.newKey();
      await expect(ground.store.put(key, body, { ...options, ...more })).rejects.toThrow(RangeError);
      await ground.expectNothing(key);
    }
  });

  test("a body of a small known size that ends too early", async () => {
    const key = ground.newKey();
    await expect(ground.store.put(key, pieces(bytes.subarray(0, 11 * MIB)), { ...options, sizeBytes: 12 * MIB })).rejects.toThrow(RangeError);
    await ground.expectNothing(key);
  });

  test("what others began and left goes when it is old", async () => {
    await ground.under.leaveUnfinished("m/account/left");
    const begun = await ground.under.unfinished();
    expect(await ground.store.abandonUploads!("m/", new Date(Date.now() - 3_600_000))).toBe(0);
    expect(await ground.under.unfinished()).toBe(begun);
    expect(await ground.store.abandonUploads!("m/", new Date(Date.now() + 3_600_000))).toBe(begun);
    expect(await ground.under.unfinished()).toBe(0);
  });

  test("a source that falls silent is given up when the signal says so", async () => {
    const stop = new AbortController();
    const putting = ground.store.put("m/account/silent", silent(sampleOf(MIB).bytes), { ...options, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 100);
    await expect(putting).rejects.toThrow("enough");
    await ground.expectNothing("m/account/silent");
  });
}

function askToRead(ground: Ground): void {
  const { bytes } = sampleOf(2 * MIB);
  const key = "m/account/read";
  beforeAll(() => ground.store.put(key, bytes, options));

  test.each([
    [0, 0],
    [10, 99],
    [MIB, 2 * MIB - 1],
    [2 * MIB - 5, 9 * MIB],
  ])("bytes %d to %d", async (start, end) => {
    const found = (await ground.store.open(key, { start, end }))!;
    expect(found.sizeBytes).toBe(bytes.length);
    expect((await buffer(found.body)).equals(bytes.subarray(start, end + 1))).toBe(true);
  });

  test("what is not there is null", async () => {
    expect([await ground.store.open("m/none"), await ground.store.stat("m/none"), await ground.store.open("m/none", { start: 0, end: 1 })]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test("names that lead elsewhere are refused", async () => {
    for (const name of ["../x", "/x", "a//b", "a/../b", "A", "", ".hidden", "a/.b", `a/${"b".repeat(300)}`]) {
      await expect(ground.store.put(name, Buffer.from("x"), options), name).rejects.toThrow(RangeError);
      expect(() => ground.store.signedUrl(name, { expiresAt: soon(), mime: MIME }), name).toThrow(RangeError);
    }
  });
}

function askForMany(ground: Ground): void {
  test("more than a thousand objects are listed, once each, and removed, with some that never were", async () => {
    const keys = Array.from({ length: 1050 }, (_, index) => `list/${index % 7}/${index}`);
    for (let at = 0; at < keys.length; at += 30) await Promise.all(keys.slice(at, at + 30).map((key) => ground.store.put(key, Buffer.from(key), options)));
    await ground.store.put("other/1", Buffer.from("x"), options);
    const listed = await all(ground.store.list("list/"));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(listed.every(({ key, sizeBytes }) => sizeBytes === key.length)).toBe(true);
    expect(listed.every(({ modifiedAt }) => Math.abs(modifiedAt.getTime() - Date.now()) < 300_000)).toBe(true);
    await ground.store.remove([...keys, "list/never", "never"]);
    expect(await all(ground.store.list("list/"))).toEqual([]);
    expect(await ground.store.stat("other/1")).toEqual({ sizeBytes: 1 });
    await ground.store.remove([]);
  }, 60_000);

  test("created once: what is there stays as it is", async () => {
    expect(await ground.store.create("once", Buffer.from("first"), MIME)).toBe(true);
    expect(await ground.store.create("once", Buffer.from("second"), MIME)).toBe(false);
    expect(String(await ground.read("once"))).toBe("first");
  });
}

function askForLinks(ground: Ground, known: Known): void {
  const bytes = Buffer.from("0123456789");
  const key = "m/account/linked";
  beforeAll(() => ground.store.put(key, bytes, options));
  const link = (more: object = {}): string => ground.store.signedUrl(key, { expiresAt: soon(), mime: MIME, ...more });
  const put = (url: string, type = MIME): Promise<Response> => fetch(url, { method: "PUT", headers: { "content-type": type }, body: "sent" });
  const refused = known.checksSignatures ? [400, 401, 403, 415] : [200, 201];

  test("give the object, in part too, under the type and the name that were signed", async () => {
    const whole = await fetch(link({ filename: 'Bär "1".png' }));
    expect([whole.status, await whole.text(), whole.headers.get("content-type")]).toEqual([200, "0123456789", MIME]);
    if (known.checksSignatures) expect(whole.headers.get("content-disposition")).toMatch(/^attachment; filename=.*; filename\*=UTF-8''B%C3%A4r%20%221%22.png$/);
    const part = await fetch(link(), { headers: { range: "bytes=2-4" } });
    expect([part.status, await part.text()]).toEqual([206, "234"]);
  });

  test("two of the same hour are the same, so that a browser's copy is found again", () => {
    const expiresAt = soon();
    expect(ground.store.signedUrl(key, { expiresAt, mime: MIME })).toBe(ground.store.signedUrl(key, { expiresAt, mime: MIME }));
  });

  test("take one file of the type that was signed", async () => {
    const reply = await put(ground.store.signedPutUrl("m/account/sent", { expiresAt: soon(), mime: MIME }));
    expect([200, 201]).toContain(reply.status);
    expect(String(await ground.read("m/account/sent"))).toBe("sent");
    const other = ground.store.signedPutUrl("m/account/other", { expiresAt: soon(), mime: MIME });
    expect(refused).toContain((await put(other, "text/html")).status);
    expect(await ground.store.stat("m/account/other")).toEqual(known.checksSignatures ? null : { sizeBytes: 4 });
  });

  test("take one file of the size that was signed, where that is said", async () => {
    const sized = (name: string): string => ground.store.signedPutUrl(name, { expiresAt: soon(), mime: MIME, sizeBytes: 4 });
    expect([200, 201]).toContain((await put(sized("m/account/sized"))).status);
    expect(String(await ground.read("m/account/sized"))).toBe("sent");
    for (const body of ["sen", "sent and more"]) {
      const reply = await fetch(sized("m/account/other-size"), { method: "PUT", headers: { "content-type": MIME }, body });
      expect(refused, body).toContain(reply.status);
    }
    if (known.checksSignatures) expect(await ground.store.stat("m/account/other-size")).toBeNull();
  });

  test(`forged, expired, used for something else or left out: ${known.checksSignatures ? "refused" : "this server does not look"}`, async () => {
    const past = new Date(Date.now() - 60_000);
    const forged = link().replace(/([sS]ignature|&s)=(.)/, (_all, name: string, letter: string) => `${name}=${letter === "a" ? "b" : "a"}`);
    const asked = [
      forged,
      ground.store.signedUrl(key, { expiresAt: past, mime: MIME }),
      link().replace("image%2Fpng", "text%2Fhtml"),
      ground.under.address(key),
    ];
    for (const url of asked) expect(refused, url).toContain((await fetch(url)).status);
    expect(refused).toContain((await put(link())).status);
    expect(refused).toContain((await put(ground.store.signedPutUrl("m/account/late", { expiresAt: past, mime: MIME }))).status);
    expect(await ground.store.stat("m/account/late")).toEqual(known.checksSignatures ? null : { sizeBytes: 4 });
    expect(String(await ground.read(key))).toBe(known.checksSignatures ? "0123456789" : "sent");
  });
}
