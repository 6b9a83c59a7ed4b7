import { createHash, randomBytes } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ResultGone } from "@cooly/engine/ports";
import { createHttpDownloads } from "./index.ts";

let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;
const downloads = createHttpDownloads({ silenceMs: 300 });
const address = (path = "/"): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const content = randomBytes(3_000_000);
const gzipped = gzipSync(content);
const brotlied = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function download({ path = "/", signal = never, pauseMs = 0 } = {}): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const piece of await downloads.open(address(path), signal)) {
    if (pauseMs > 0 && sizeBytes === 0) await sleep(pauseMs);
    hash.update(piece);
    sizeBytes += piece.length;
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}
const whole = { sizeBytes: content.length, sha256: hashOf(content) };

test("a body comes as it was sent: with its size, in chunks, in small ones, after redirects, encoded though nobody asked", async () => {
  answer = (_request, response) => void response.writeHead(200, { "content-length": content.length }).end(content);
  expect(await download()).toEqual(whole);
  answer = (_request, response) => {
    for (let at = 0; at < content.length; at += 70_001) response.write(content.subarray(at, at + 70_001));
    response.end();
  };
  expect(await download()).toEqual(whole);
  answer = (_request, response) => {
    for (let at = 0; at < content.length; at += 997) response.write(content.subarray(at, at + 997));
    response.end();
  };
  expect(await download()).toEqual(whole);
  answer = (request, response) =>
    void (request.url === "/b/end" ? response.end(content) : response.writeHead(302, { location: request.url === "/" ? "/b/" : "end" }).end());
  expect(await download()).toEqual(whole);
  answer = (_request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipped);
  expect(await download()).toEqual(whole);
  answer = (_request, response) => void response.writeHead(200, { "content-encoding": "br" }).end(brotlied);
  expect(await download()).toEqual(whole);
  answer = (_request, response) => void response.end();
  expect(await download()).toMatchObject({ sizeBytes: 0 });
});

test("a body that breaks off, in whatever way, fails", async () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 1_000_000), () => response.destroy());
  };
  await expect(download()).rejects.toThrow();
  answer = (_request, response) => void response.write(content, () => response.destroy());
  await expect(download()).rejects.toThrow();
  answer = (_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.write(gzipped.subarray(0, 1_000_000), () => response.destroy());
  };
  await expect(download()).rejects.toThrow();
});

test("an address that is dead is told from one that is in trouble, and from one that leads nowhere", async () => {
  answer = (_request, response) => void response.writeHead(410).end("gone");
  await expect(download()).rejects.toBeInstanceOf(ResultGone);
  answer = (_request, response) => void response.writeHead(503).end("busy");
  await expect(download()).rejects.toThrow("503");
  answer = (_request, response) => void response.writeHead(302, { location: "/" }).end();
  await expect(download()).rejects.toThrow("leads on");
});

test("an answer that changes the protocol is none", async () => {
  answer = (request) => void request.socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  await expect(download()).rejects.toThrow("before an answer began");
});

test("silence ends it, before the answer and within it; a slow drip and a slow reader do not", async () => {
  answer = () => undefined;
  await expect(download()).rejects.toThrow("said nothing for 300 ms");
  answer = (_request, response) => void response.write("x");
  await expect(download()).rejects.toThrow("said nothing for 300 ms");
  answer = async (_request, response) => {
    for (let n = 0; n < 6; n += 1) {
      response.write("x");
      await sleep(100);
    }
    response.end();
  };
  expect(await download()).toMatchObject({ sizeBytes: 6 });
  answer = (_request, response) => void response.end(content);
  expect(await download({ pauseMs: 700 })).toEqual(whole);
});

test("an abort ends it with its reason, before the answer and within it, and hangs up", async () => {
  let hungUp = 0;
  for (const begin of [false, true]) {
    const stop = new AbortController();
    answer = (_request, response) => {
      response.once("close", () => (hungUp += 1));
      if (begin) response.write("x");
      setTimeout(() => stop.abort(new Error("handed back")), 50);
    };
    await expect(download({ signal: stop.signal })).rejects.toThrow("handed back");
  }
  await expect.poll(() => hungUp).toBe(2);
});

test("a download that nobody reads any more is let go of, begun or not", async () => {
  let hungUp = 0;
  answer = (_request, response) => {
    response.once("close", () => (hungUp += 1));
    response.write(content);
  };
  await (await downloads.open(address(), never))[Symbol.asyncDispose]();
  for await (const _piece of await downloads.open(address(), never)) break;
  await expect.poll(() => hungUp).toBe(2);
});
