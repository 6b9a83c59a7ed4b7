import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderUnreachable } from "@cooly/engine/ports";
import { afterEach, expect, test, vi } from "vitest";
import { submitJob } from "./submit.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** What arrives is kept; `meet` is what the vendor does with a new connection. */
async function startVendor(meet: (socket: Socket) => void): Promise<{ url: string; heard: () => string }> {
  const heard: Buffer[] = [];
  const server: Server = createServer((socket) => {
    socket.on("data", (chunk) => void heard.push(chunk)).on("error", () => undefined);
    open.push(() => socket.destroy());
    meet(socket);
  }).listen(0, "127.0.0.1");
  open.push(() => server.close());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/jobs`, heard: () => Buffer.concat(heard).toString() };
}

const parts = (
  sending: () => Promise<void>,
  { signal = new AbortController().signal, insist = () => undefined }: { signal?: AbortSignal; insist?: () => void } = {},
) => ({
  headers: { "content-type": "application/json" },
  body: '{"prompt":"a pier"}',
  job: { sending, insist },
  signal,
});

test("answers with what the vendor said, and has sent nothing before it was allowed to", async () => {
  const vendor = await startVendor((socket) => socket.once("data", () => socket.end("HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 4\r\n\r\nwait")));
  const allowed = vi.fn(async () => {
    await sleep(20);
    expect(vendor.heard()).toBe("");
  });
  expect(await submitJob(vendor.url, parts(allowed))).toMatchObject({ status: 429, headers: { "retry-after": "3" }, text: "wait" });
  expect(allowed).toHaveBeenCalledOnce();
  expect(vendor.heard()).toContain('{"prompt":"a pier"}');
});

test("whoever may not send any more, sends no byte, not even if that shows at the last moment", async () => {
  const fenced = new Error("the lease is gone");
  const insist = (): void => {
    throw fenced;
  };
  for (const given of [parts(() => Promise.reject(fenced)), parts(async () => undefined, { insist })]) {
    const vendor = await startVendor(() => undefined);
    await expect(submitJob(vendor.url, given)).rejects.toBe(fenced);
    await sleep(30);
    expect(vendor.heard()).toBe("");
  }
});

test("where nobody listens, nothing is marked as sent", async () => {
  const vendor = await startVendor(() => undefined);
  for (const close of open.splice(0)) close();
  const allowed = vi.fn(async () => undefined);
  await expect(submitJob(vendor.url, parts(allowed))).rejects.toBeInstanceOf(ProviderUnreachable);
  expect(allowed).not.toHaveBeenCalled();
});

test("a connection that the vendor closes before the first byte has carried nothing", async () => {
  const vendor = await startVendor((socket) => socket.resetAndDestroy());
  await expect(
    submitJob(
      vendor.url,
      parts(() => sleep(50)),
    ),
  ).rejects.toBeInstanceOf(ProviderUnreachable);
});

test("one that breaks after the job left is no proof of anything", async () => {
  const vendor = await startVendor((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const failed = await submitJob(
    vendor.url,
    parts(async () => undefined),
  ).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(failed).not.toBeInstanceOf(ProviderUnreachable);
});

test("a reply that ends early is no reply", async () => {
  const vendor = await startVendor((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{")));
  await expect(
    submitJob(
      vendor.url,
      parts(async () => undefined),
    ),
  ).rejects.toThrow("aborted");
});

test("told to give up before the first byte, it says that nothing left", async () => {
  const vendor = await startVendor(() => undefined);
  const stop = new AbortController();
  const submitted = submitJob(
    vendor.url,
    parts(async () => stop.abort(new Error("canceled")), { signal: stop.signal }),
  );
  await expect(submitted).rejects.toBeInstanceOf(ProviderUnreachable);
});
