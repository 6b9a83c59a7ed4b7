/** Each fault, as a client on a real socket sees it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFaultProxy, type FaultProxy } from "./fault-proxy.ts";

interface Caller {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  heard(): string;
  /** How it ended: null in order, or the code of the error. */
  readonly ended: Promise<string | null>;
}

let server: Server;
let proxy: FaultProxy;
let arrived: Socket[];
let callers: Caller[];

beforeEach(async () => {
  arrived = [];
  callers = [];
  // Says everything back, in capitals; and on its own end, that it ends.
  server = createServer({ allowHalfOpen: true }, (socket) => {
    arrived.push(socket);
    socket.on("data", (bytes) => void socket.write(bytes.toString().toUpperCase()));
    socket.on("end", () => socket.end("bye"));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await openFaultProxy({ to: () => (server.address() as AddressInfo).port, random: () => 0.5 });
});
afterEach(async () => {
  for (const { socket } of callers) socket.destroy();
  await proxy.close();
  for (const socket of arrived) socket.destroy();
  server.close();
});

async function call(): Promise<Caller> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => void chunks.push(bytes));
  const ended = new Promise<string | null>((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("end", () => resolve(null));
  });
  await once(socket, "connect");
  const caller = { socket, chunks, heard: () => Buffer.concat(chunks).toString(), ended };
  callers.push(caller);
  return caller;
}

async function msUntil(caller: Caller, words: string): Promise<number> {
  const startedMs = performance.now();
  await expect.poll(caller.heard, { interval: 2, timeout: 5_000 }).toBe(words);
  return performance.now() - startedMs;
}

test("without faults bytes pass, and an end passes each way", async () => {
  const caller = await call();
  caller.socket.write("hello");
  expect(await msUntil(caller, "HELLO")).toBeLessThan(200);
  caller.socket.end();
  expect(await caller.ended).toBeNull();
  expect(caller.heard()).toBe("HELLObye");
  await expect.poll(() => proxy.open()).toBe(0);
  expect(proxy.counts).toMatchObject({ connections: 1, resets: 0, cuts: 0, delayed: 0, held: 0 });
});

test("latency and jitter delay a direction and keep the order", async () => {
  const caller = await call();
  proxy.set("down", { latencyMs: 150, jitterMs: 100 });
  const startedMs = performance.now();
  caller.socket.write("one");
  await sleep(20);
  caller.socket.write("two");
  await msUntil(caller, "ONETWO");
  // Half of the jitter, by the dice above.
  expect(performance.now() - startedMs).toBeGreaterThan(195);
  expect(proxy.counts.delayed).toBe(2);
});

test("a reset is an ECONNRESET at both ends", async () => {
  const caller = await call();
  caller.socket.write("x");
  await msUntil(caller, "X");
  const other = new Promise((resolve) => arrived[0]!.once("error", (error: NodeJS.ErrnoException) => resolve(error.code)));
  expect(proxy.reset()).toBe(1);
  expect(await caller.ended).toBe("ECONNRESET");
  expect(await other).toBe("ECONNRESET");
  expect(proxy.counts.resets).toBe(1);
});

test("a blackhole is silence, for new connections too, and what waited passes when it ends", async () => {
  const caller = await call();
  proxy.set("both", { blackhole: true });
  const later = await call();
  for (const { socket } of [caller, later]) socket.write("anybody");
  await sleep(150);
  expect([caller.heard(), later.heard()]).toEqual(["", ""]);
  proxy.calm();
  await msUntil(caller, "ANYBODY");
  await msUntil(later, "ANYBODY");
  expect(proxy.counts.held).toBeGreaterThan(1);
});

test("what a sender said into a blackhole goes with the sender", async () => {
  const caller = await call();
  proxy.set("up", { blackhole: true });
  let heard = "";
  arrived[0]?.on("data", (bytes) => (heard += bytes.toString()));
  caller.socket.write("never");
  await sleep(20);
  caller.socket.destroy();
  await expect.poll(() => proxy.open()).toBe(0);
  proxy.calm();
  await sleep(50);
  expect(heard).toBe("");
});

test("half closed: the caller hears the end, and is still heard", async () => {
  const caller = await call();
  caller.socket.write("a");
  await msUntil(caller, "A");
  expect(proxy.halfClose("down")).toBe(1);
  expect(await caller.ended).toBeNull();
  const heard = once(arrived[0]!, "data");
  caller.socket.write("still here");
  expect(String((await heard)[0])).toBe("still here");
  expect([caller.heard(), proxy.counts.halfCloses]).toEqual(["A", 1]);
});

test("cut after so many bytes: exactly those arrive, then a reset", async () => {
  const caller = await call();
  proxy.set("down", { cutAfterBytes: 5 });
  caller.socket.write("hel");
  await msUntil(caller, "HEL");
  caller.socket.write("lo world");
  expect(await caller.ended).toBe("ECONNRESET");
  expect(proxy.counts.cuts).toBe(1);
});

test("slices of one byte arrive whole, in as many writes", async () => {
  const caller = await call();
  proxy.set("up", { sliceBytes: 1 });
  caller.socket.write("in very small parts");
  await msUntil(caller, "IN VERY SMALL PARTS");
  expect(proxy.counts.slices).toBe("in very small parts".length);
});

test("bandwidth: 2,000 bytes at 4,000 a second take half a second", async () => {
  const caller = await call();
  proxy.set("down", { bytesPerSecond: 4_000 });
  caller.socket.write("x".repeat(2_000));
  const tookMs = await msUntil(caller, "X".repeat(2_000));
  expect(tookMs).toBeGreaterThan(350);
  expect(tookMs).toBeLessThan(2_000);
  expect(proxy.counts.slowed).toBeGreaterThan(3);
});

test("a reply is cut: the server did what it was asked, and the caller never hears of it", async () => {
  const [caller, other] = [await call(), await call()];
  proxy.cutReplies({ words: "commit", share: 1 });
  const done = once(arrived[0]!, "data");
  caller.socket.write("commit this");
  expect(String((await done)[0])).toBe("commit this");
  expect(await caller.ended).toBe("ECONNRESET");
  expect(caller.heard()).toBe("");
  other.socket.write("look");
  await msUntil(other, "LOOK");
  expect(proxy.counts.repliesCut).toBe(1);
});

test("nobody behind: the caller is reset, and served again once there is somebody", async () => {
  let port = 1;
  const moving = await openFaultProxy({ to: () => port });
  const one = connect({ port: moving.port, host: "127.0.0.1" });
  const [error] = (await once(one, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNRESET");
  port = (server.address() as AddressInfo).port;
  const two = connect({ port: moving.port, host: "127.0.0.1" });
  two.write("there");
  expect(String((await once(two, "data"))[0])).toBe("THERE");
  two.destroy();
  await moving.close();
});
