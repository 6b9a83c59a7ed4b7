/** Streams on real connections, over a hub on paper. */
import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Fault } from "@cooly/contract";
import type { LiveEvent, Subscription } from "@cooly/engine";
import { createApiServer } from "./http/edge.ts";
import { createStreams, type StreamParts, type Streams } from "./sse.ts";

const MIB = 1024 * 1024;

let server: Server;
let streams: Streams;
let port: number;
let subscribed: Set<Subscription>;
let gone: boolean;
let forget: () => void;
let gate: Promise<void>;
/** What each stream was opened with. */
let answers: ServerResponse[];
let sockets: Socket[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [subscribed, gone, gate, answers, sockets] = [new Set(), false, Promise.resolve(), [], []];
  streams = createStreams(parts());
  const caller = { by: "key", accountId: "a", key: { id: "k" } } as never;
  server = createApiServer((request, response) => {
    if (!request.url!.endsWith("/events")) return void sleep(20).then(() => response.end("another answer"));
    answers.push(response);
    streams
      .open(request, response, { caller, after: null, wanted: () => true, last: ({ seq }) => seq === 99 })
      .catch((error: unknown) => response.writeHead(error instanceof Fault && error.code === "too_many_streams" ? 429 : 500).end());
  });
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  streams.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  vi.useRealTimers();
});

function parts(): StreamParts {
  return {
    hub: {
      async subscribe(subscription) {
        await gate;
        subscribed.add(subscription);
        return () => subscribed.delete(subscription);
      },
      close: async () => undefined,
    },
    views: {
      event: ({ seq, created_at }: LiveEvent) => ({ type: "credits.changed", text: "ü".repeat(created_at.getTime()), seq }) as never,
      generation: () => null as never,
    },
    callers: { onForget: (listener) => void (forget = listener), stillThere: async (callers) => (gone ? new Set() : new Set(callers)) },
  };
}

interface Client {
  readonly socket: Socket;
  text(): string;
  readonly ended: Promise<unknown>;
}

const OPEN = "GET /v1/events HTTP/1.1\r\nhost: a\r\n\r\n";

async function open(bytes = OPEN): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  const text = (): string => Buffer.concat(chunks).toString();
  socket.on("data", (chunk) => chunks.push(chunk)).on("error", () => undefined);
  const ended = once(socket, "close");
  socket.write(bytes);
  await expect.poll(text).toMatch(/retry: 2000|429/);
  return { socket, text, ended };
}

function tell(seq: number, letters = 3): void {
  const live = { seq, created_at: new Date(letters) } as LiveEvent;
  for (const { onEvents } of subscribed) onEvents([live]);
}

/** The body without its chunks; throws where they are wrong. */
function bodyOf(text: string): string {
  let rest = Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4));
  let body = "";
  while (rest.length > 0) {
    const line = rest.indexOf("\r\n");
    const length = Number.parseInt(rest.subarray(0, line).toString(), 16);
    expect(rest.subarray(line + 2 + length, line + 4 + length).toString()).toBe("\r\n");
    body += rest.subarray(line + 2, line + 2 + length).toString();
    rest = rest.subarray(line + 4 + length);
    if (length === 0) break;
  }
  expect(rest).toHaveLength(0);
  return body;
}

test("once its head is out, a stream is a connection, and nothing of HTTP is left", async () => {
  const { text, ended } = await open();
  expect(text()).toMatch(/connection: close\r\n/i);
  expect([answers[0]!.socket, answers[0]!.headersSent]).toEqual([null, true]);
  tell(1);
  tell(99);
  await ended;
  expect(
    bodyOf(text())
      .split("\n")
      .filter((line) => line.startsWith("id:")),
  ).toEqual(["id: 1", "id: 99"]);
  expect([streams.count(), subscribed.size]).toEqual([0, 0]);
});

test("HTTP/1.0 gets no chunks", async () => {
  const { text, ended } = await open(OPEN.replace("1.1", "1.0"));
  tell(99);
  await ended;
  expect(text()).toMatch(/\r\n\r\nretry: 2000\n\nid: 99\n/);
  expect(text()).not.toMatch(/transfer-encoding/i);
});

test("behind an earlier request that is not answered yet, a stream waits its turn and is whole", async () => {
  const { text, socket } = await open(`GET /other HTTP/1.1\r\nhost: a\r\n\r\n${OPEN}`);
  tell(1);
  await expect.poll(text).toContain("id: 1");
  const [first, second] = text()
    .split(/(?=HTTP\/1\.1 200)/)
    .slice(0, 2);
  expect(first).toContain("another answer");
  expect(second).toMatch(/retry: 2000[^]*id: 1\n/);
  socket.destroy();
  await expect.poll(streams.count).toBe(0);
});

test("what is sent behind it is not answered, and does no harm", async () => {
  const { text, socket } = await open(`${OPEN}GET /other HTTP/1.1\r\nhost: a\r\n\r\n`);
  socket.write("more\r\n\r\n".repeat(1_000));
  await sleep(50);
  tell(99);
  await expect.poll(text).toContain("id: 99");
  expect(bodyOf(text())).not.toContain("another");
});

test.each(["resetAndDestroy", "destroy", "end"] as const)("an account has room for fifty; who goes by %s makes room, wherever it was", async (go) => {
  for (let round = 0; round < 3; round += 1) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => open()));
    const one = await open();
    expect(one.text()).toMatch(/^HTTP\/1.1 429/);
    expect(subscribed.size).toBe(50);
    for (const { socket } of clients) socket[go]();
    await expect.poll(() => [streams.count(), subscribed.size]).toEqual([0, 0]);
  }
});

test("who goes before the subscription is in place leaves nothing", async () => {
  const door = Promise.withResolvers<void>();
  gate = door.promise;
  const socket = connect(port, "127.0.0.1");
  socket.write(OPEN);
  await expect.poll(streams.count).toBe(1);
  socket.destroy();
  await expect.poll(streams.count).toBe(0);
  door.resolve();
  await sleep(20);
  expect([streams.count(), subscribed.size]).toEqual([0, 0]);
});

test("a reader that does not keep up is let go, and the others hear on", async () => {
  const [slow, quick] = [await open(), await open()];
  slow.socket.pause();
  for (let seq = 1; streams.count() === 2 && seq < 90; seq += 1) {
    tell(seq, MIB / 4);
    await sleep(5);
  }
  expect([streams.count(), subscribed.size]).toEqual([1, 1]);
  tell(99);
  await quick.ended;
  expect(bodyOf(quick.text())).toContain("id: 99");
});

test("every stream is written to in fifteen seconds, those that came apart not at once", async () => {
  const early = await open();
  await vi.advanceTimersByTimeAsync(5_000);
  const late = await open();
  // And a tick, which the first may have to wait for.
  await vi.advanceTimersByTimeAsync(10_100);
  await expect.poll(early.text).toContain(": still here");
  await sleep(20);
  expect(late.text()).not.toContain(": still here");
  await vi.advanceTimersByTimeAsync(5_000);
  await expect.poll(late.text).toContain(": still here");
  expect(early.text().split(": still here")).toHaveLength(2);
});

test("who is signed out is told; who does not take even that is cut off the next time", async () => {
  const [reads, stuck] = [await open(), await open()];
  stuck.socket.pause();
  // More than the system buffers, and less than is held against a reader.
  while (Math.max(...sockets.map(({ writableLength }) => writableLength)) < MIB / 4) {
    tell(1, 50_000);
    await sleep(2);
  }
  gone = true;
  forget();
  await reads.ended;
  expect(bodyOf(reads.text())).toMatch(/: signed out\n\n$/);
  expect(streams.count()).toBe(1);
  forget();
  await expect.poll(streams.count).toBe(0);
});

test("closeAllConnections ends those that were handed over too", async () => {
  const { ended } = await open();
  streams.close();
  const second = await open();
  server.closeAllConnections();
  await Promise.all([ended, second.ended]);
  await expect.poll(streams.count).toBe(0);
});
