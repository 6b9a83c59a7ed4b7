/** Files in a request for a generation: uploads, addresses and `data:` addresses. What is accepted names uploads alone. */
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newUuid, toPublicId, type GenerationView, type UploadView } from "@cooly/contract";
import { keepHouse, sweepUploads } from "@cooly/engine";
import { drawn } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { editing, editor } from "./editor-model.ts";
import { openFilesServer, type FilesServer } from "./files-server.ts";
import { deliver, keyWith, openGround, openHouse, uuidOf, type Ground, type House } from "./fixture.ts";
import { announce, give } from "./upload-steps.ts";

type Input = Record<string, { upload: string } & { upload: string }[]>;
type Refused = { code: string; errors: { path: string; message: string }[] };

let ground: Ground;
let house: House;
let files: FilesServer;
let key: Record<string, string>;

beforeAll(async () => {
  ground = await openGround();
  files = await openFilesServer();
  house = await openHouse(ground, { models: [editor], parts: { fetches: files.fetches } });
  key = await keyWith(house, 1000);
});
afterAll(async () => {
  await house.close();
  files.close();
  await ground.close();
});

let photo: Buffer;
beforeEach(async () => {
  photo = await drawn(40, 30).jpeg().toBuffer();
  files.answer((_request, response) => void response.end(photo));
});

const accept = (input: object, headers: Record<string, string> = {}) => house.post("/v1/generations", editing(input), { ...key, ...headers });
const accepted = async (input: object): Promise<GenerationView> => {
  const reply = await accept(input);
  if (reply.status !== 202) throw new Error(`${reply.status}: ${await reply.text()}`);
  return (await reply.json()) as GenerationView;
};
const refusal = async (input: object): Promise<[number, string, string | undefined]> => {
  const reply = await accept(input);
  const { code, errors } = (await reply.json()) as Refused;
  return [reply.status, code, errors?.[0]?.path];
};
const upload = async (id: string): Promise<UploadView> => (await (await house.get(`/v1/uploads/${id}`, key)).json()) as UploadView;
const dataOf = (bytes: Buffer, mime = "image/jpeg"): string => `data:${mime};base64,${bytes.toString("base64")}`;
const ready = async (bytes: Buffer, purpose: "image" | "mask" | "audio" = "image") => ({ upload: (await give(house, key, { bytes, purpose })).id });

test("uploads stay as they are named; each may be written as a bare text", async () => {
  const image = await ready(photo);
  const { input } = await accepted({ image, references: [image.upload, image] });
  expect(input).toMatchObject({ image, references: [image, image] });
});

test("an address is fetched before anything is accepted, into an upload of the account", async () => {
  const { input } = await accepted({ image: { url: files.url("/boat.jpg") }, start_frame: files.url("/same.jpg") });
  const { image, start_frame } = input as unknown as Input;
  expect(image!.upload).toMatch(/^upl_/);
  expect(start_frame!.upload).toBe(image!.upload);
  expect(await upload(image!.upload)).toMatchObject({ status: "ready", width: 40, height: 30, mime: "image/jpeg" });
  expect(JSON.stringify(input)).not.toContain("files.test");
});

test("so is a data: address, up to a size that a body may have", async () => {
  const large = await sharp({ create: { width: 900, height: 700, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 30 } } })
    .png()
    .toBuffer();
  expect(large.length).toBeGreaterThan(500_000);
  const { input } = await accepted({ image: { url: dataOf(large, "image/png") }, references: [dataOf(photo)] });
  const { image, references } = input as unknown as Input;
  expect(await upload(image!.upload)).toMatchObject({ width: 900 });
  expect(await upload(references![0]!.upload)).toMatchObject({ width: 40 });
  const stuffed = await accept({ prompt: "x".repeat(300_000) });
  expect(stuffed.status).toBe(413);
});

const wrong = [
  ["no base64", "data:image/png;base64,not base64!", [400, "invalid_data_url"]],
  ["base64 that is cut off", "data:image/png;base64,AAA", [400, "invalid_data_url"]],
  ["no base64 at all", "data:image/png,plain", [400, "invalid_data_url"]],
  ["no type", "data:;base64,AAAA", [400, "invalid_data_url"]],
  ["nothing in it", "data:image/png;base64,", [400, "empty_file"]],
  ["what is no picture", `data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}`, [415, "unsupported_media"]],
] as const;
test.each(wrong)("row 47: a data: address with %s", async (_what, url, [status, code]) => {
  expect(await refusal({ image: { url } })).toEqual([status, code, "/input/image"]);
});
test("row 47: a data: address that says another type than it is", async () => {
  expect(await refusal({ references: [{ url: dataOf(photo, "image/png") }] })).toEqual([400, "invalid_data_url", "/input/references/0"]);
});

const blocked = [
  "http://files.test/a.png",
  "https://127.0.0.1/a.png",
  "https://169.254.169.254/latest/meta-data",
  "https://[::1]/",
  "https://nobody.test/",
  "https://user:secret@example.com/",
  "ftp://example.com/a.png",
  "file:///etc/passwd",
  "https://example.com:22/",
  "nonsense",
];
test.each(blocked)("%s is blocked, and nothing is said of why", async (url) => {
  expect(await refusal({ image: { url } })).toEqual([422, "blocked_address", "/input/image"]);
});

test.each([
  ["is not there", (listener: FilesServer) => listener.answer((_request, response) => void response.writeHead(404).end()), [422, "fetch_failed"]],
  [
    "leads inside",
    (listener: FilesServer) => listener.answer((_request, response) => void response.writeHead(302, { location: "https://127.0.0.1/" }).end()),
    [422, "blocked_address"],
  ],
  ["is too large", (listener: FilesServer) => listener.answer((_request, response) => void response.end(Buffer.alloc(2_000_001))), [413, "too_large"]],
  ["is no picture", (listener: FilesServer) => listener.answer((_request, response) => void response.end("<html></html>")), [415, "unsupported_media"]],
  ["says nothing", (listener: FilesServer) => listener.answer(() => undefined), [422, "fetch_failed"]],
] as const)("an address that %s", async (_what, prepare, [status, code]) => {
  prepare(files);
  expect(await refusal({ image: { url: files.url("/a") } })).toEqual([status, code, "/input/image"]);
});

test("row 49: nothing is sent that says who asks", async () => {
  await accepted({ image: { url: files.url("/who.jpg") } });
  const { headers } = files.asked.at(-1)!;
  expect([headers.cookie, headers.authorization, headers.referer]).toEqual([undefined, undefined, undefined]);
});

test("a retry is answered as before, and fetches nothing again", async () => {
  const once = { "idempotency-key": "fetched once" };
  const input = { image: { url: files.url("/once.jpg") } };
  const first = (await (await accept(input, once)).json()) as GenerationView;
  files.answer((_request, response) => void response.writeHead(404).end());
  const before = files.asked.length;
  const again = await accept(input, once);
  expect([again.status, again.headers.get("idempotent-replayed"), ((await again.json()) as GenerationView).id]).toEqual([202, "true", first.id]);
  expect(files.asked.length).toBe(before);
});

test("what is no file, not ours, not ready or of another purpose is refused, and costs nothing", async () => {
  const image = await ready(photo);
  const foreign = (await give(house, await keyWith(house, 1), { bytes: photo })).id;
  expect(await refusal({ image: { upload: foreign } })).toEqual([404, "unknown_upload", "/input/image"]);
  expect(await refusal({ image: { upload: toPublicId("upload", newUuid()) } })).toEqual([404, "unknown_upload", "/input/image"]);
  expect(await refusal({ image: (await announce(house, key, { bytes: photo })).id })).toEqual([422, "upload_not_ready", "/input/image"]);
  expect(await refusal({ voice: image })).toEqual([400, "invalid_parameter", "/input/voice"]);
  for (const odd of [7, null, {}, { upload: 7 }, { upload: "upl_x", url: "https://a" }, { file: "x" }, []])
    expect(await refusal({ image: odd }), JSON.stringify(odd)).toEqual([400, "invalid_parameter", "/input/image"]);
  expect(await refusal({ references: image })).toEqual([400, "invalid_parameter", "/input/references"]);
  expect(await refusal({ references: [image, image, image, image] })).toEqual([400, "invalid_parameter", "/input/references"]);
});

test("a mask has the size of its picture, and is for one", async () => {
  const image = await ready(photo);
  const fits = await ready(await drawn(40, 30).png().toBuffer(), "mask");
  const differs = await ready(await drawn(41, 30).png().toBuffer(), "mask");
  expect((await accepted({ image, mask: fits })).input).toMatchObject({ mask: fits });
  expect(await refusal({ image, mask: differs })).toEqual([422, "mask_size_differs", "/input/mask"]);
  expect(await refusal({ mask: fits })).toEqual([400, "invalid_parameter", "/input/mask"]);
  expect(await refusal({ image, mask: image })).toEqual([400, "invalid_parameter", "/input/mask"]);
});

test("a quote needs no file to be there, and holds for the same request", async () => {
  const input = { image: { url: files.url("/quoted.jpg") } };
  const { token } = (await (await house.post("/v1/quotes", editing(input), key)).json()) as { token: string };
  expect((await house.post("/v1/generations", editing(input, { quote: token }), key)).status).toBe(202);
});

test("what nobody used for a day goes; what a generation uses stays as long as it does", async () => {
  const own = await keyWith(house, 10);
  const tomorrow = (hours: number) => new Date(Date.now() + hours * 3_600_000);
  const [used, unused] = [await give(house, own, { bytes: photo }), await give(house, own, { bytes: await drawn(6, 6).png().toBuffer() })];
  const waiting = await announce(house, own, { bytes: photo });
  const { id } = (await (await house.post("/v1/generations", editing({ image: used.id }), own)).json()) as GenerationView;
  const look = async (upload: string) => (await house.get(`/v1/uploads/${upload}`, own)).status;
  const keys = await sweepUploads(ground.db, 1000, tomorrow(23));
  expect([keys, await look(used.id), await look(unused.id), await look(waiting.id)]).toEqual([[], 200, 200, 200]);
  expect((await sweepUploads(ground.db, 1000, tomorrow(25))).length).toBeGreaterThanOrEqual(3);
  expect([await look(used.id), await look(unused.id), await look(waiting.id)]).toEqual([200, 404, 404]);
  await deliver(ground, uuidOf(id));
  expect((await fetch(`${house.origin}/v1/generations/${id}`, { method: "DELETE", headers: own })).status).toBe(200);
  await ground.db.pool.query("update uploads set created_at = created_at - interval '2 days', look_at = least(look_at, now())");
  const { storage_key: kept } = (await ground.db.pool.query("select storage_key from uploads where public_id = $1", [used.id])).rows[0] as {
    storage_key: string;
  };
  expect(await ground.store.stat(kept)).not.toBeNull();
  await keepHouse(ground.db, ground.store);
  expect([await look(used.id), await ground.store.stat(kept)]).toEqual([404, null]);
});
