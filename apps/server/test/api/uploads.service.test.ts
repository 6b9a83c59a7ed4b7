/**
 * The list of bad uploads (rows by their numbers there), against the API on a folder and on an S3 server that checks signatures.
 *
 * Elsewhere: rows 11, 13, 15, 17 and 19 with every kind of picture are in `media/sharp/pictures.test.ts`, row 35 for what reads
 * pictures in `pictures-memory.test.ts`, row 49 and all about addresses in `download/guarded`, row 51 in `store/s3/faults.test.ts`.
 * Rows 47 and 49, of files by their addresses, are in `input-files.service.test.ts`, and so is what the API takes for fifty at once (35).
 * Not here: 23 and 25 (there is no multipart form; a body that is one is 415), 43 (no scanner can be configured, so plain type rules
 * hold), and file names (21): none is ever sent.
 */
import { randomUUID } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newUuid, toPublicId, type UploadView } from "@cooly/contract";
import { createS3Store } from "@cooly/drivers/store/s3";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { useRadosgw } from "../../../../test/servers/radosgw.ts";
import { storeOptions } from "../../../../test/servers/s3-server.ts";
import { drawn, gifInFrames, pngOf } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { verifyObjects } from "../../src/tasks/objects.ts";
import { keyWith, openGround, openHouse, type Ground, type House } from "./fixture.ts";
import { addressOf, announce, confirm, give, hashOf, put, type Offered } from "./upload-steps.ts";

const text = (words: string): Buffer => Buffer.from(words, "latin1");
const photo = (): Promise<Buffer> => drawn(64, 48).jpeg().toBuffer();
const html = "<html><script>alert(1)</script></html>";

/** A sound of a tenth of a second whose header says that it goes on for 4 GB. */
function boastfulWav(): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1").valueOf();
  head.writeUInt32LE(0xffffffff, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(0xffffffff, 40);
  return Buffer.concat([head, Buffer.alloc(800, 128)]);
}

const stores: Record<string, () => Promise<Ground>> = {
  "a folder": () => openGround(),
  "an S3 server": () =>
    openGround(async () => {
      const server = await useRadosgw();
      return createS3Store(storeOptions(server, await server.makeBucket()));
    }),
};

describe.each(Object.keys(stores))("uploads to %s", (name) => {
  let ground: Ground;
  let house: House;
  let key: Record<string, string>;

  beforeAll(async () => {
    ground = await stores[name]!();
    house = await openHouse(ground);
    key = await keyWith(house, 100);
  }, 120_000);
  afterAll(async () => {
    await house.close();
    await ground.close();
  });

  const objects = async (): Promise<string[]> => {
    const keys: string[] = [];
    for await (const object of ground.store.list("m/")) keys.push(object.key);
    return keys;
  };
  const get = async (id: string, headers = key): Promise<UploadView> => (await (await house.get(`/v1/uploads/${id}`, headers)).json()) as UploadView;

  test("a picture is announced, put and confirmed; what is kept is a copy, and what was put is gone", async () => {
    const bytes = await drawn(1200, 900)
      .withMetadata({ exif: { IFD0: { Copyright: "SECRET" } } })
      .jpeg()
      .toBuffer();
    const upload = await announce(house, key, { bytes, mime: "image/jpeg", sha256: hashOf(bytes) });
    expect(upload).toMatchObject({ object: "upload", purpose: "image", status: "waiting", mime: null, url: null, error: null });
    expect(Date.parse(upload.put!.expires_at) - Date.now()).toBeLessThanOrEqual(300_000);
    expect((await put(house, upload, bytes)).ok).toBe(true);
    const before = await objects();
    const [one, two] = await Promise.all([confirm(house, key, upload.id), confirm(house, key, upload.id)]);
    const ready = (await one.json()) as UploadView;
    expect([one.status, two.status, ((await two.json()) as UploadView).sha256]).toEqual([200, 200, ready.sha256]);
    expect(ready).toMatchObject({ id: upload.id, status: "ready", put: null, mime: "image/jpeg", width: 1200, height: 900 });
    const kept = Buffer.from(await (await fetch(addressOf(house, ready.url!))).arrayBuffer());
    expect([hashOf(kept), kept.length]).toEqual([ready.sha256, ready.bytes]);
    expect(kept.includes("SECRET")).toBe(false);
    const small = await sharp(Buffer.from(await (await fetch(addressOf(house, ready.thumbnail_url!))).arrayBuffer())).metadata();
    expect([small.format, small.width, small.height]).toEqual(["webp", 512, 384]);
    expect((await objects()).filter((object) => before.includes(object) && object.endsWith(".raw"))).toEqual([]);
    expect({ ...(await get(upload.id)), url: "", thumbnail_url: "" }).toEqual({ ...ready, url: "", thumbnail_url: "" });
    const again = await confirm(house, key, upload.id);
    expect([again.status, ((await again.json()) as UploadView).sha256]).toEqual([200, ready.sha256]);
  });

  test("a sound is kept as it came (row 41: its real bytes count, whatever its header says)", async () => {
    const bytes = boastfulWav();
    const { status, body } = await give(house, key, { bytes, purpose: "audio", mime: "audio/wav" });
    expect([status, body.mime, body.bytes, body.sha256, body.width, body.thumbnail_url]).toEqual([200, "audio/wav", bytes.length, hashOf(bytes), null, null]);
  });

  test("a mask is kept grey, white where to edit", async () => {
    const hole = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer();
    const { body } = await give(house, key, { bytes: hole, purpose: "mask" });
    const kept = await sharp(Buffer.from(await (await fetch(addressOf(house, body.url!))).arrayBuffer())).stats();
    expect([body.mime, kept.channels.length, kept.channels[0]!.min]).toEqual(["image/png", 1, 255]);
  });

  /** What is announced already says that it will not do. */
  const hopeless: readonly (readonly [row: string, what: string, body: object, expected: readonly [number, string]])[] = [
    ["1", "0 bytes", { mime: "image/png", bytes: 0 }, [400, "empty_file"]],
    ["3", "more than is taken", { mime: "image/png", bytes: 31_457_281 }, [413, "too_large"]],
    ["15", "a TIFF", { mime: "image/tiff", bytes: 100 }, [415, "unsupported_media"]],
    ["45", "an SVG", { mime: "image/svg+xml", bytes: 100 }, [415, "unsupported_media"]],
    ["39", "a playlist", { purpose: "audio", mime: "application/vnd.apple.mpegurl", bytes: 100 }, [415, "unsupported_media"]],
    ["besides", "a negative size", { mime: "image/png", bytes: -1 }, [400, "out_of_range"]],
    ["21", "a file name", { mime: "image/png", bytes: 10, name: "../../etc/passwd" }, [400, "unknown_field"]],
    ["33", "a key", { mime: "image/png", bytes: 10, key: "m/other/x" }, [400, "unknown_field"]],
  ];
  test.each(hopeless)("row %s: %s", async (_row, _what, body, [status, code]) => {
    const reply = await house.post("/v1/uploads", body, key);
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([status, code]);
  });

  const files: readonly (readonly [row: string, what: string, offered: () => Promise<Offered>, expected: readonly [number, string]])[] = [
    ["7", "a PDF that says it is a PNG", async () => ({ bytes: text(`%PDF-1.7\n${html}`) }), [415, "unsupported_media"]],
    ["9", "an SVGZ", async () => ({ bytes: gzipSync(`<svg>${"<g/>".repeat(100_000)}</svg>`) }), [415, "unsupported_media"]],
    ["11", "a header of 65500x65500", async () => ({ bytes: await pngOf(65_500, 65_500) }), [422, "size_refused"]],
    ["11", "a header of 16000x16000", async () => ({ bytes: await pngOf(16_000, 16_000) }), [422, "too_many_pixels"]],
    ["13", "100,000 frames", async () => ({ bytes: gifInFrames(100_000), mime: "image/gif" }), [422, "too_many_frames"]],
    ["15", "a TIFF that says it is a PNG", async () => ({ bytes: await drawn(8, 8).tiff().toBuffer() }), [415, "unsupported_media"]],
    [
      "39",
      "a playlist that says it is a sound",
      async () => ({ bytes: text("#EXTM3U\nfile:///etc/passwd\n"), purpose: "audio", mime: "audio/mpeg" }),
      [415, "unsupported_media"],
    ],
    [
      "39",
      "a list for a concatenation",
      async () => ({ bytes: text("ffconcat version 1.0\nfile /etc/passwd\n"), purpose: "audio", mime: "audio/wav" }),
      [415, "unsupported_media"],
    ],
    ["45", "an animated SVG that says it is a GIF", async () => ({ bytes: text("<svg><animate/></svg>"), mime: "image/gif" }), [415, "unsupported_media"]],
    ["besides", "a sound for a picture", async () => ({ bytes: boastfulWav() }), [415, "unsupported_media"]],
    ["besides", "half of a picture", async () => ({ bytes: (await drawn(640, 480).png().toBuffer()).subarray(0, 900) }), [422, "undecodable"]],
    [
      "besides",
      "other bytes than were announced",
      async () => ({ bytes: await photo(), mime: "image/jpeg", sha256: "0".repeat(64) }),
      [422, "content_mismatch"],
    ],
    ["43", "EICAR", async () => ({ bytes: text("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*") }), [415, "unsupported_media"]],
  ];
  test.each(files)("row %s: %s", async (_row, _what, offered, [status, code]) => {
    const before = await objects();
    const startedMs = performance.now();
    const { id, ...refused } = await give(house, key, await offered());
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await objects()).toEqual(before);
    expect(await get(id)).toMatchObject({ status: "refused", put: null, url: null, error: { code } });
    expect((await confirm(house, key, id)).status).toBe(status);
  });

  test("row 3: without a length it is cut at the size that was announced, and nothing is left", async () => {
    const upload = await announce(house, key, { bytes: new Uint8Array(100_000) });
    const body = new ReadableStream({
      start(controller) {
        for (let piece = 0; piece < 20; piece += 1) controller.enqueue(new Uint8Array(64 * 1024));
        controller.close();
      },
    });
    const reply = await fetch(addressOf(house, upload.put!.url), { method: "PUT", headers: upload.put!.headers, body, duplex: "half" } as RequestInit).catch(
      () => null,
    );
    expect(reply?.ok ?? false).toBe(false);
    expect((await confirm(house, key, upload.id)).status).toBe(409);
  });

  test("row 5: whoever hangs up in the middle has put nothing, and may put it again", async () => {
    const bytes = await drawn(640, 480).png({ compressionLevel: 0 }).toBuffer();
    const upload = await announce(house, key, { bytes });
    const url = new URL(addressOf(house, upload.put!.url));
    const socket = connect(Number(url.port), url.hostname);
    socket.on("error", () => undefined);
    socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: image/png\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes.subarray(0, bytes.length / 2));
    await sleep(200);
    socket.destroy();
    const reply = await confirm(house, key, upload.id);
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([409, "not_uploaded"]);
    await expect.poll(async () => (await put(house, upload, bytes)).ok).toBe(true);
    expect((await confirm(house, key, upload.id)).status).toBe(200);
  });

  test("row 7: what is a picture and something else besides is the picture and no more", async () => {
    const { body } = await give(house, key, { bytes: Buffer.concat([await photo(), text(html)]), mime: "image/jpeg" });
    const reply = await fetch(addressOf(house, body.url!));
    expect(Buffer.from(await reply.arrayBuffer()).includes("script")).toBe(false);
    expect(reply.headers.get("content-type")).toBe("image/jpeg");
  });

  test("row 27: a link takes the type, the size and the key that it was made for", async () => {
    const bytes = await photo();
    const upload = await announce(house, key, { bytes, mime: "image/jpeg" });
    const url = addressOf(house, upload.put!.url);
    const send = (to: string, body: Uint8Array, type: string) =>
      fetch(to, { method: "PUT", headers: { "content-type": type }, body: body as unknown as string });
    const statuses = [
      (await send(url, bytes, "text/html")).status,
      (await send(url, Buffer.concat([bytes, bytes]), "image/jpeg")).status,
      (await send(url, bytes.subarray(1), "image/jpeg")).status,
      (await send(url.replace(".raw", ".other"), bytes, "image/jpeg")).status,
    ];
    expect(statuses).toEqual([403, 403, 403, 403]);
    expect((await confirm(house, key, upload.id)).status).toBe(409);
  });

  test("row 29: a link ends after five minutes", async () => {
    const late = ground.store.signedPutUrl(`m/late/${newUuid()}`, { expiresAt: new Date(Date.now() - 2_000), mime: "image/png", sizeBytes: 3 });
    expect((await fetch(addressOf(house, late), { method: "PUT", headers: { "content-type": "image/png" }, body: "abc" })).status).toBe(403);
  });

  test("row 31: another account's upload is not there", async () => {
    const { id } = await give(house, key, { bytes: await photo(), mime: "image/jpeg" });
    const stranger = await keyWith(house, 1);
    expect((await confirm(house, stranger, id)).status).toBe(404);
    expect((await house.get(`/v1/uploads/${id}`, stranger)).status).toBe(404);
    expect((await fetch(`${house.origin}/v1/uploads/${id}`, { method: "DELETE", headers: stranger })).status).toBe(404);
  });

  test("row 33: keys are made here, and nothing else that looks like one finds anything", async () => {
    for (const id of ["..%2f..%2fetc%2fpasswd", "%2e%2e", "m%2fother%2fkey", randomUUID(), toPublicId("output", newUuid()), `upl_${"z".repeat(26)}`])
      expect((await confirm(house, key, id)).status, id).toBe(404);
    expect((await objects()).every((object) => /^m\/[0-9a-f-]{36}\/[0-9a-f-]{36}(\.raw|\.thumb)?$/.test(object))).toBe(true);
  });

  test("row 37: the same bytes are kept once for an account, and by themselves for another", async () => {
    const bytes = await drawn(77, 33).png().toBuffer();
    const before = new Set(await objects());
    const given = [await give(house, key, { bytes }), await give(house, key, { bytes }), await give(house, key, { bytes })];
    expect((await objects()).filter((object) => !before.has(object))).toHaveLength(2);
    await give(house, await keyWith(house, 1), { bytes });
    expect((await objects()).filter((object) => !before.has(object))).toHaveLength(4);
    const remove = (id: string) => fetch(`${house.origin}/v1/uploads/${id}`, { method: "DELETE", headers: key });
    expect((await remove(given[0]!.id)).status).toBe(200);
    expect((await remove(given[1]!.id)).status).toBe(200);
    expect((await fetch(addressOf(house, (await get(given[2]!.id)).url!))).status).toBe(200);
    expect((await remove(given[2]!.id)).status).toBe(200);
    expect((await objects()).filter((object) => !before.has(object))).toHaveLength(2);
    expect((await remove(given[2]!.id)).status).toBe(404);
  });

  test("what is kept of a deleted upload is nothing, also while it is looked at", async () => {
    const bytes = await drawn(900, 700).png().toBuffer();
    const before = await objects();
    const upload = await announce(house, key, { bytes });
    await put(house, upload, bytes);
    const confirming = confirm(house, key, upload.id);
    await fetch(`${house.origin}/v1/uploads/${upload.id}`, { method: "DELETE", headers: key });
    expect([200, 404]).toContain((await confirming).status);
    expect(await objects()).toEqual(before);
  });

  test("what lies in the store is what was answered", async () => {
    const bytes = await drawn(31, 17).png().toBuffer();
    const { body } = await give(house, key, { bytes });
    const kept = (await ground.db.pool.query("select storage_key from uploads where public_id = $1", [body.id])).rows[0] as { storage_key: string };
    expect(hashOf(await buffer((await ground.store.open(kept.storage_key))!.body))).toBe(body.sha256);
    const verify = () => verifyObjects(ground, { depth: "bytes", signal: new AbortController().signal });
    expect(await verify()).toMatchObject({ violations: [] });
    await ground.store.remove([kept.storage_key]);
    expect((await verify()).violations).toMatchObject([{ invariant: "I7", count: 1, rows: [{ storage_key: kept.storage_key, found: "nothing" }] }]);
  });
});
