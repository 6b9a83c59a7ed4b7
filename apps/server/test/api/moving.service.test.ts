/** A folder is left for a bucket, and that one for another, while people look at their pictures. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFallbackStore, type FallbackStore } from "@cooly/drivers/store/fallback";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createStoreLinks, withEarlierLinks } from "@cooly/drivers/store/links";
import { createS3Store, type S3Store } from "@cooly/drivers/store/s3";
import type { ObjectStore } from "@cooly/engine/ports";
import { useRadosgw } from "../../../../test/servers/radosgw.ts";
import { startS3Emulator } from "../../../../test/servers/s3-emulator.ts";
import { storeOptions, type S3Server } from "../../../../test/servers/s3-server.ts";
import { deliver, inHouse, json, keyWith, openGround, painting, silent, uuidOf, type Ground, type House } from "./fixture.ts";

let ground: Ground;
let folder: ObjectStore;
let directory: string;
let servers: S3Server[];
let buckets: S3Store[];

beforeAll(async () => {
  ground = await openGround();
  directory = await mkdtemp(join(tmpdir(), "cooly-moving-"));
  folder = createFilesystemStore({ directory, publicUrl: "", secret: "s".repeat(32) });
  servers = await Promise.all([startS3Emulator(), useRadosgw()]);
  buckets = await Promise.all(servers.map(async (server) => createS3Store(storeOptions(server, await server.makeBucket()))));
}, 120_000);
afterAll(async () => {
  for (const bucket of buckets) bucket.close();
  for (const server of servers) await server.stop();
  await ground.close();
  await rm(directory, { recursive: true, force: true });
});

const links = createStoreLinks({ publicUrl: "", secret: "s".repeat(32) });
const move = (first: ObjectStore, second: ObjectStore): FallbackStore => createFallbackStore({ first, second, links, copyBack: true, log: silent });

interface Outputs {
  readonly outputs: readonly { readonly url: string }[];
}

/** Orders a picture, which a worker with this store delivers. Answers its link. */
async function paint(house: House, store: ObjectStore, words: string): Promise<{ link: string; again: () => Promise<string> }> {
  const bearer = await keyWith(house, 100);
  const { id } = await json<{ id: string }>(house.post("/v1/generations", painting(), bearer));
  await deliver({ ...ground, store }, uuidOf(id), Buffer.from(words));
  const again = async (): Promise<string> => (await json<Outputs>(house.get(`/v1/generations/${id}`, bearer))).outputs[0]!.url;
  return { link: await again(), again };
}

/** As a browser: follows where it is sent. */
async function look(house: House, link: string): Promise<{ text: string; from: string; type: string | null }> {
  const reply = await fetch(new URL(link, house.origin));
  return { text: await reply.text(), from: new URL(reply.url).host, type: reply.headers.get("content-type") };
}

test("every link that was given out works throughout, and in the end the last bucket has it all", async () => {
  const [emulator, ceph] = buckets as [S3Store, S3Store];
  const [emulatorHost, cephHost] = servers.map(({ endpoint }) => new URL(endpoint).host);
  const inFolder = await inHouse(ground, { parts: { store: folder } }, (house) => paint(house, folder, "painted in the folder"));

  const toBucket = move(emulator, folder);
  const inBucket = await inHouse(ground, { parts: { store: toBucket } }, async (house) => {
    const api = new URL(house.origin).host;
    expect(await look(house, inFolder.link)).toEqual({ text: "painted in the folder", from: api, type: "image/png" });
    await toBucket.settled();
    expect(await look(house, inFolder.link)).toEqual({ text: "painted in the folder", from: emulatorHost, type: "image/png" });
    const sent = await house.get(inFolder.link);
    expect([sent.status, sent.headers.get("cache-control")]).toEqual([302, "private, max-age=60"]);
    const part = await fetch(house.origin + inFolder.link, { headers: { range: "bytes=0-6" } });
    expect([part.status, await part.text()]).toEqual([206, "painted"]);
    const painted = await paint(house, toBucket, "painted in the first bucket");
    expect(await look(house, painted.link)).toMatchObject({ text: "painted in the first bucket", from: emulatorHost });
    return painted;
  });

  const onward = move(ceph, emulator);
  await inHouse(ground, { parts: { store: onward } }, async (house) => {
    for (const { link } of [inFolder, inBucket]) expect((await look(house, link)).from).toBe(emulatorHost);
    await onward.settled();
    expect(await look(house, inFolder.link)).toEqual({ text: "painted in the folder", from: cephHost, type: "image/png" });
    expect(await look(house, inBucket.link)).toMatchObject({ text: "painted in the first bucket", from: cephHost });
    const named = await fetch(`${house.origin}${inBucket.link}&download=a%20name.png`);
    expect(named.headers.get("content-disposition")).toContain('filename="a name.png"');
    const forged = await house.get(inBucket.link.replace("image%2Fpng", "text%2Fhtml"));
    expect(forged.status).toBe(403);
  });

  await inHouse(ground, { parts: { store: withEarlierLinks(ceph, links) } }, async (house) => {
    for (const { link } of [inFolder, inBucket]) expect((await look(house, link)).from).toBe(cephHost);
    const { link } = await paint(house, ceph, "painted in the last");
    expect(await look(house, link)).toEqual({ text: "painted in the last", from: cephHost, type: "image/png" });
  });
  const keys = async (store: ObjectStore): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of store.list("m/")) found.push(key);
    return found.toSorted();
  };
  for (const key of [...(await keys(folder)), ...(await keys(emulator))]) expect(await ceph.stat(key), key).not.toBeNull();
}, 60_000);
