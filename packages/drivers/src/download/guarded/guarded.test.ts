import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DownloadRefused } from "@cooly/engine/ports";
import { makeCertificate } from "../../../test/certificate.ts";
import { startNameServer, type NameServer } from "../../../test/name-server.ts";
import { createGuardedDownloads, type GuardedDownloadsOptions } from "./index.ts";
import { createLookup, createResolve } from "./names.ts";

const never = new AbortController().signal;
const content = randomBytes(300_000);
const { key, cert } = makeCertificate(["files.test", "inside.test", "both.test", "turning.test", "localhost"]);
const sockets = new Set<Socket>();
let answer: RequestListener;
let names: NameServer;
let plain: Server;
let secure: Server;
/** Takes connections at every address of this machine, and counts them. */
let canary: Server;
let besides: Server;
let hits = 0;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = async (server: Server, host: string, port = 0): Promise<Server> => {
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return server;
};
const plans: Record<string, (before: number) => readonly string[]> = {
  "files.test": () => ["127.0.0.1"],
  "inside.test": () => ["127.0.0.1"],
  "both.test": () => ["8.8.8.8", "127.0.0.1"],
  "six.test": () => ["2606:4700::1111", "::1"],
  "mapped.test": () => ["::ffff:7f00:1"],
  "cloud.test": () => ["169.254.169.254"],
  // The name of an attacker: what is checked first is harmless.
  "turning.test": (before) => [before === 0 ? "127.0.0.1" : "::1"],
  "rebound.test": (before) => [before === 0 ? "8.8.8.8" : "127.0.0.1"],
};

beforeAll(async () => {
  names = await startNameServer((name, before) => plans[name]?.(before) ?? []);
  plain = await listen(
    createHttpServer((request, response) => answer(request, response)),
    "127.0.0.1",
  );
  secure = await listen(
    createHttpsServer({ key, cert }, (request, response) => answer(request, response)),
    "127.0.0.1",
  );
  const count = (socket: Socket): void => {
    hits += 1;
    socket.on("error", () => undefined).end();
  };
  canary = await listen(createTcpServer(count), "::");
  // Beside the server of the attacker, where its name turns to.
  besides = await listen(createTcpServer(count), "::1", portOf(plain));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of [plain, secure, canary, besides]) server.close();
  names.close();
});
beforeEach(() => {
  hits = 0;
  answer = (_request, response) => void response.end(content);
});

/** Reads from 127.0.0.1, where the servers are, and from nowhere else inside. */
const reading = (options: GuardedDownloadsOptions = {}) =>
  createGuardedDownloads({
    allow: ["127.0.0.1"],
    plainHttp: true,
    ports: [plain, secure, canary].map(portOf),
    authorities: [cert],
    resolve: createResolve([names.address]),
    deadlineMs: 3_000,
    silenceMs: 1_000,
    ...options,
  });
const plainUrl = (path = "/"): string => `http://files.test:${portOf(plain)}${path}`;
const secureUrl = (path = "/", host = "files.test"): string => `https://${host}:${portOf(secure)}${path}`;

async function read(url: string, options: GuardedDownloadsOptions = {}, signal = never): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const piece of await reading(options).open(url, signal)) chunks.push(Buffer.from(piece));
  return Buffer.concat(chunks);
}
const codeOf = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => "read",
    (error: unknown) => (error instanceof DownloadRefused ? error.code : error),
  );

/** Ways to write addresses that lead to the canary, or would on some machine. */
const insideHosts = [
  [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "127.0.0.01",
    "127.000.000.001",
  ],
  [
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "①②⑦.0.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "0",
    "0.0.0.0",
    "00",
    "0x0",
    "127.255.255.254",
  ],
  ["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]"],
  ["[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]"],
  ["[ff02::1]", "[2001:db8::1]", "[fec0::1]", "[100::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1"],
  ["192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16", "192.88.99.1", "192.0.0.192"],
  ["inside.test", "INSIDE.test", "both.test", "six.test", "mapped.test", "cloud.test", "localhost", "localhost.", "nobody.test", "ⅰnside.test"],
].flat();

describe("what lies inside is not reached, however it is written", () => {
  test.each(insideHosts)("%s", async (host) => {
    const told = await reading({ allow: [], deadlineMs: 1_500 })
      .open(`https://${host}:${portOf(canary)}/`, never)
      .catch((error: unknown) => error);
    expect(told).toMatchObject({ code: "unreachable", message: "The address cannot be reached." });
    // Not for another reason, of which the next test would not tell.
    expect((told as DownloadRefused).cause).toMatchObject({ message: expect.stringMatching(/ is not public$| leads to | has no address$/) });
    expect(hits).toBe(0);
  });

  test("the canary would have told", async () => {
    for (const host of ["127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "inside.test"]) {
      expect(await codeOf(read(`https://${host}:${portOf(canary)}/`, { allow: ["127.0.0.1", "::1"] }))).toBe("unreachable");
    }
    expect(hits).toBe(5);
  });
});

test.each([
  ["", "url_invalid"],
  ["files.test/x.png", "url_invalid"],
  ["//files.test/x.png", "url_invalid"],
  ["https://", "url_invalid"],
  ["https://[fe80::1%25eth0]/", "url_invalid"],
  ["https://256.1.1.1/", "url_invalid"],
  ["https://1.2.3.4.5/", "url_invalid"],
  [`https://files.test/${"x".repeat(5_000)}`, "url_invalid"],
  ["file:///etc/passwd", "scheme_refused"],
  ["ftp://files.test/x", "scheme_refused"],
  ["gopher://127.0.0.1:6379/_INFO", "scheme_refused"],
  ["data:image/png;base64,AAAA", "scheme_refused"],
  ["javascript://127.0.0.1/", "scheme_refused"],
  ["ws://files.test/", "scheme_refused"],
  ["https://user@files.test/", "credentials_refused"],
  ["https://user:word@files.test/", "credentials_refused"],
  ["https://8.8.8.8@127.0.0.1/", "credentials_refused"],
  ["https://127.0.0.1%2f@files.test/", "credentials_refused"],
  ["https://files.test:22/", "port_refused"],
  ["https://files.test:6379/", "port_refused"],
  ["https://files.test:80/", "port_refused"],
  ["https://files.test:0/", "port_refused"],
  ["https:\\\\127.0.0.1\\x", "unreachable"],
  ["ht\ntps://127.0.0.1/", "unreachable"],
  ["https://127.0.0.1#@files.test/", "unreachable"],
  ["https:127.0.0.1", "unreachable"],
  ["http://8.8.8.8/", "unreachable"],
])("%j is %s", async (url, code) => {
  expect(await codeOf(read(url, { allow: [] }))).toBe(code);
});

test("plain HTTP is for installations that allow it", async () => {
  expect(await codeOf(read(plainUrl(), { plainHttp: false }))).toBe("scheme_refused");
  expect((await read(plainUrl())).equals(content)).toBe(true);
});

test("a file comes over TLS as it is, with a certificate that is trusted and for this name", async () => {
  expect((await read(secureUrl())).equals(content)).toBe(true);
  expect(await codeOf(read(secureUrl(), { authorities: undefined! }))).toBe("unreachable");
  expect(await codeOf(read(secureUrl("/", "127.0.0.1")))).toBe("unreachable");
});

test("an allowed host is looked up as the machine does, and may be anywhere", async () => {
  expect(await codeOf(read(`https://localhost:${portOf(canary)}/`, { allow: ["localhost"] }))).toBe("unreachable");
  expect(hits).toBeGreaterThan(0);
});

test("a name is asked for once for each connection, and its connection goes to what was checked", async () => {
  const before = names.asked.length;
  const url = `http://turning.test:${portOf(plain)}/`;
  answer = (request, response) => void response.writeHead(302, { location: `${request.url}x` }).end();
  // The first connection is checked and made; before the second, the name has turned to ::1.
  expect(await codeOf(read(url))).toBe("unreachable");
  expect(names.asked.slice(before)).toEqual(["turning.test", "turning.test"]);
  expect(hits).toBe(0);
});

test("the addresses that were checked are handed on; a name that has turned hands on none", async () => {
  const lookup = createLookup(createResolve([names.address]), (address) => address === "8.8.8.8");
  const ask = () => new Promise((resolve) => lookup("rebound.test", { all: true }, (error, found) => resolve(error ? error.message : found)));
  expect(await ask()).toEqual([{ address: "8.8.8.8", family: 4 }]);
  expect(await ask()).toBe("rebound.test leads to 127.0.0.1");
});

test("redirects lead on within the origin, three times", async () => {
  const leadThen = (times: number, location: (n: number) => string): void => {
    let asked = 0;
    answer = (_request, response) => void (asked++ < times ? response.writeHead(302, { location: location(asked) }).end() : response.end(content));
  };
  leadThen(3, (n) => `/next/${n}`);
  expect((await read(plainUrl())).equals(content)).toBe(true);
  leadThen(4, (n) => `/next/${n}`);
  expect(await codeOf(read(plainUrl()))).toBe("redirect_refused");
  const elsewhere = [`http://inside.test:${portOf(plain)}/`, `http://files.test:${portOf(canary)}/`, secureUrl(), "//127.0.0.1/", "file:///etc/passwd"];
  for (const location of [...elsewhere, "data:text/plain,x", "https://[", "http://localhost/"]) {
    leadThen(1, () => location);
    expect(await codeOf(read(plainUrl())), location).toBe("redirect_refused");
  }
  leadThen(1, () => plainUrl("/").replace("//", "//user:word@"));
  expect(await codeOf(read(plainUrl()))).toBe("credentials_refused");
  expect(hits).toBe(0);
});

test("nothing is sent that says who asks, and cookies are not kept (row 49)", async () => {
  const seen: string[][] = [];
  answer = (request, response) => {
    seen.push(Object.keys(request.headers).sort());
    const cookie = { "set-cookie": "a=1", "www-authenticate": "Basic" };
    void (request.url === "/" ? response.writeHead(302, { ...cookie, location: "/x" }).end() : response.writeHead(401, cookie).end());
  };
  expect(await codeOf(read(plainUrl()))).toBe("answer_refused");
  const usual = ["accept", "accept-encoding", "connection", "host", "user-agent"];
  expect(seen).toEqual([usual, usual]);
});

test.each([201, 204, 206, 300, 304, 400, 401, 404, 500])("an answer %i is no file", async (status) => {
  answer = (_request, response) => void response.writeHead(status).end();
  expect(await codeOf(read(plainUrl()))).toBe("answer_refused");
});

test.each([
  ["gzip", gzipSync(Buffer.alloc(50_000_000))],
  ["br", brotliCompressSync(Buffer.alloc(5_000_000))],
  ["GZIP, identity", content],
  ["zstd", content],
])("what comes encoded as %s is not decoded", async (encoding, body) => {
  answer = (_request, response) => void response.writeHead(200, { "content-encoding": encoding }).end(body);
  expect(await codeOf(read(plainUrl()))).toBe("encoding_refused");
});

test("a file that is too large is not begun if it says so, and cut off if it does not", async () => {
  let sent = 0;
  answer = (_request, response) => void response.writeHead(200, { "content-length": 5_000_000 }).end(Buffer.alloc(5_000_000));
  expect(await codeOf(read(plainUrl(), { bytesMax: 4_999_999 }))).toBe("too_large");
  expect(await codeOf(read(plainUrl(), { bytesMax: 5_000_000 }))).toBe("read");
  answer = async (_request, response) => {
    while (!response.destroyed) {
      sent += 65_536;
      if (!response.write(Buffer.alloc(65_536))) await Promise.race([new Promise((resolve) => response.once("drain", resolve)), sleep(50)]);
    }
  };
  expect(await codeOf(read(plainUrl(), { bytesMax: 1_000_000 }))).toBe("too_large");
  expect(sent).toBeLessThan(50_000_000);
});

/** Answers as it is told, whatever HTTP says of it. */
async function rawly<Value>(text: string | Buffer, act: (url: string) => Promise<Value>): Promise<Value> {
  const server = await listen(
    createTcpServer((socket) => socket.on("error", () => undefined).once("data", () => socket.end(text))),
    "127.0.0.1",
  );
  return act(`http://files.test:${portOf(server)}/`).finally(() => server.close());
}
const readRaw = (text: string): Promise<unknown> =>
  rawly(text, (url) => codeOf(read(url, { ports: [Number(new URL(url).port)] }).then((bytes) => bytes.toString())));

test.each([
  ["promises more than comes", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello", "broken_off"],
  ["ends within a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhello", "broken_off"],
  ["names two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", "unreachable"],
  ["names a length and sends chunks", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "unreachable"],
  ["has a length below nothing", "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello", "unreachable"],
  ["has headers without end", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}\r\nhello`, "unreachable"],
  ["changes the protocol", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", "unreachable"],
  ["is no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", "unreachable"],
  ["says nothing", "", "unreachable"],
])("an answer that %s is none", async (_name, text, code) => {
  expect(await readRaw(text)).toBe(code);
});

test("what comes after the announced end is not the file's", async () => {
  const text = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more";
  const read5 = rawly(text, (url) => read(url, { ports: [Number(new URL(url).port)] }));
  expect((await read5.catch(() => Buffer.from("hello"))).toString()).toBe("hello");
});

test("silence ends it, and so does a drip that never ends", async () => {
  answer = () => undefined;
  expect(await codeOf(read(plainUrl(), { silenceMs: 200 }))).toBe("too_slow");
  answer = (_request, response) => void response.write("x");
  expect(await codeOf(read(plainUrl(), { silenceMs: 200 }))).toBe("too_slow");
  answer = async (_request, response) => {
    for (; !response.destroyed; await sleep(50)) response.write("x");
  };
  expect(await codeOf(read(plainUrl(), { silenceMs: 200, deadlineMs: 600 }))).toBe("too_slow");
  let asked = 0;
  answer = async (_request, response) => {
    await sleep(150);
    response.writeHead(302, { location: `/${(asked += 1)}` }).end();
  };
  expect(await codeOf(read(plainUrl(), { deadlineMs: 400 }))).toBe("too_slow");
});

test("a name server that says nothing is waited for no longer than the rest", async () => {
  const mute = () => new Promise<never>(() => undefined);
  expect(await codeOf(read(plainUrl(), { resolve: mute, silenceMs: 200 }))).toBe("too_slow");
});

test("an abort ends it with its reason, before and within", async () => {
  const reason = new Error("handed back");
  expect(await codeOf(read(plainUrl(), {}, AbortSignal.abort(reason)))).toBe(reason);
  const stop = new AbortController();
  answer = (_request, response) => void response.write("x", () => setTimeout(() => stop.abort(reason), 50));
  expect(await codeOf(read(plainUrl(), {}, stop.signal))).toBe(reason);
});

test("a file that nobody reads any more is let go of", async () => {
  let hungUp = 0;
  answer = (_request, response) => void response.once("close", () => (hungUp += 1)).write(content);
  await (await reading().open(plainUrl(), never))[Symbol.asyncDispose]();
  for await (const _piece of await reading().open(plainUrl(), never)) break;
  await expect.poll(() => hungUp).toBe(2);
});
