/** What a link takes: one file, of its type, up to a size. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawn } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { keyWith, openGround, openHouse, sendRaw, type Ground, type House } from "./fixture.ts";
import { announce, confirm, put as putFile } from "./upload-steps.ts";

let ground: Ground;
let house: House;
beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

let serial = 0;
const newKey = (): string => `u/upload/${(serial += 1)}`;
const soon = (): Date => new Date(Date.now() + 60_000);
const linkTo = (key: string, mime = "image/png"): string => ground.store.signedPutUrl(key, { expiresAt: soon(), mime });
const put = (link: string, body: string | Uint8Array | ReadableStream, headers: Record<string, string> = { "content-type": "image/png" }) =>
  fetch(house.origin + link, { method: "PUT", headers, body: body as string, duplex: "half" } as RequestInit);
const code = async (reply: Response): Promise<string> => ((await reply.json()) as { code: string }).code;

test("a file of known or unknown length is there whole, and its link shows it", async () => {
  for (const size of [0, 1000, 3_000_000]) {
    const bytes = randomBytes(size);
    for (const body of [bytes, new Blob([bytes]).stream()]) {
      const key = newKey();
      const reply = await put(linkTo(key), body);
      expect([reply.status, await reply.text()]).toEqual([201, ""]);
      expect((await buffer((await ground.store.open(key))!.body)).equals(bytes)).toBe(true);
      expect((await house.get(ground.store.signedUrl(key, { expiresAt: soon(), mime: "image/png" }))).status).toBe(200);
    }
  }
});

test("what is there stays as it is: a second put is a conflict, at the same time too", async () => {
  const key = newKey();
  const replies = await Promise.all(["first", "other"].map((words) => put(linkTo(key), words)));
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  const stored = await buffer((await ground.store.open(key))!.body);
  const again = await put(linkTo(key), "again");
  expect([again.status, await code(again)]).toEqual([409, "conflict"]);
  expect(await buffer((await ground.store.open(key))!.body)).toEqual(stored);
});

test.each([
  ["another type", {}, { "content-type": "text/html" }, [415, "unsupported_media_type"]],
  ["no type", {}, {}, [415, "unsupported_media_type"]],
  ["more than is allowed", { length: 256 * 1024 * 1024 + 1 }, { "content-type": "image/png" }, [413, "payload_too_large"]],
])("%s is refused, and nothing is stored", async (_what, { length }: { length?: number }, headers, expected) => {
  const key = newKey();
  if (length !== undefined) {
    const raw = await sendRaw(house.port, `PUT ${linkTo(key)} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: ${length}\r\n\r\nabc`);
    expect(raw).toContain(`HTTP/1.1 ${expected[0]}`);
    expect(raw).toContain(String(expected[1]));
  } else {
    const reply = await put(linkTo(key), new Uint8Array([1]), headers);
    expect([reply.status, await code(reply)]).toEqual(expected);
  }
  expect(await ground.store.stat(key)).toBeNull();
});

test("a link is for one thing: who may read may not write, who may write may not read, and POST is neither", async () => {
  const key = newKey();
  const reading = ground.store.signedUrl(key, { expiresAt: soon(), mime: "image/png" });
  expect((await put(reading, "x")).status).toBe(403);
  expect((await house.get(linkTo(key))).status).toBe(403);
  expect((await put(linkTo(key).replace("&m=PUT", ""), "x")).status).toBe(403);
  const late = ground.store.signedPutUrl(key, { expiresAt: new Date(Date.now() - 2_000), mime: "image/png" });
  expect((await put(late, "x")).status).toBe(403);
  const posted = await fetch(house.origin + linkTo(key), { method: "POST", body: "x" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT"]);
  expect(await ground.store.stat(key)).toBeNull();
});

test("whoever hangs up in the middle has stored nothing, and may begin again", async () => {
  const key = newKey();
  const socket = connect(house.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`PUT ${linkTo(key)} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: image/png\r\ncontent-length: 100000\r\n\r\n`);
  expect(String((await once(socket, "data"))[0])).toContain("100 Continue");
  socket.write("x".repeat(50_000));
  expect((await put(linkTo(key), "at the same time")).status).toBe(409);
  socket.destroy();
  await expect.poll(async () => (await put(linkTo(key), "whole")).status).toBe(201);
  expect(String(await buffer((await ground.store.open(key))!.body))).toBe("whole");
  expect(house.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("pages of the studio elsewhere may put", async () => {
  const reply = await fetch(house.origin + linkTo(newKey()), {
    method: "OPTIONS",
    headers: { origin: "https://studio.example", "access-control-request-method": "PUT", "access-control-request-headers": "content-type" },
  });
  expect(reply.headers.get("access-control-allow-methods")).toContain("PUT");
});

test("the link of an upload that was looked at, refused or deleted takes nothing more", async () => {
  const key = await keyWith(house, 100);
  const picture = await drawn(64, 48).jpeg().toBuffer();
  const words = Buffer.from("<html><script>alert(1)</script></html>");
  const announced = async (bytes: Uint8Array) => ({ bytes, upload: await announce(house, key, { bytes, mime: "image/jpeg" }) });
  const looked = await announced(picture);
  await putFile(house, looked.upload, picture);
  expect((await confirm(house, key, looked.upload.id)).status).toBe(200);
  const refused = await announced(words);
  await putFile(house, refused.upload, words);
  expect((await confirm(house, key, refused.upload.id)).status).toBe(415);
  const deleted = await announced(picture);
  expect((await fetch(`${house.origin}/v1/uploads/${deleted.upload.id}`, { method: "DELETE", headers: key })).status).toBe(200);
  for (const { upload, bytes } of [looked, refused, deleted]) expect((await putFile(house, upload, bytes)).status).toBe(409);
  const left: string[] = [];
  for await (const object of ground.store.list("m/")) if (object.key.endsWith(".raw")) left.push(object.key);
  expect(left).toEqual([]);
});
