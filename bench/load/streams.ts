/** Many clients of event streams, in a process of their own: they keep a connection each and note when an event comes. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answer } from "../ground/processes.ts";
import { prepare, stamp, statusOf } from "./requests.ts";

export type StreamTask =
  | { readonly do: "open"; readonly port: number; readonly bearers: readonly string[]; readonly count: number }
  /** One accept after the other, each by another user; the moments from the request to the event at each of that user's clients. */
  | { readonly do: "post"; readonly port: number; readonly bearers: readonly string[]; readonly body: string };

export interface Reached {
  readonly tookMs: readonly number[];
  readonly missing: number;
}

const AT_ONCE = 100;
const PAUSE_MS = 15;
const EVENT = "event: generation.queued";
const PATIENCE_MS = 5_000;

const clients = new Map<string, number>();
const arrived = new Map<string, number[]>();

async function open({ port, bearers, count }: StreamTask & { do: "open" }): Promise<object> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => bearers[(from + at) % bearers.length]!);
    await Promise.all(batch.map((bearer) => stream(port, bearer)));
  }
  return {};
}

function stream(port: number, bearer: string): Promise<void> {
  clients.set(bearer, (clients.get(bearer) ?? 0) + 1);
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () =>
      socket.write(`GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\nauthorization: Bearer ${bearer}\r\n\r\n`),
    );
    let begun = false;
    socket.setEncoding("latin1").on("error", reject);
    socket.on("data", (text: string) => {
      if (!begun && !text.startsWith("HTTP/1.1 200")) reject(new Error(`a stream was answered ${text.slice(0, 80)}`));
      begun = true;
      resolve();
      if (text.includes(EVENT)) arrived.get(bearer)?.push(performance.now());
    });
  });
}

async function post({ port, bearers, body }: StreamTask & { do: "post" }): Promise<Reached> {
  const socket = await connection(port);
  const tookMs: number[] = [];
  let missing = 0;
  for (const bearer of bearers) {
    const moments: number[] = [];
    arrived.set(bearer, moments);
    const sentMs = performance.now();
    await request(socket, stamp(prepare(bearer, body)));
    while (moments.length < clients.get(bearer)! && performance.now() - sentMs < PATIENCE_MS) await sleep(PAUSE_MS);
    arrived.delete(bearer);
    tookMs.push(...moments.map((moment) => moment - sentMs));
    missing += clients.get(bearer)! - moments.length;
  }
  socket.destroy();
  return { tookMs, missing };
}

const connection = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });

function request(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const status = statusOf(received);
      if (status === null) return;
      socket.off("data", onData);
      if (status === "202") resolve();
      else reject(new Error(`an accept was answered ${status}`));
    };
    socket.on("data", onData);
    socket.write(bytes);
  });
}

answer((task: StreamTask): Promise<object> => (task.do === "open" ? open(task) : post(task)));
