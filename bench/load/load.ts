/** The load generator: a process of its own that sends prepared bytes over kept connections, each of which waits for its answer. */
import { connect, type Socket } from "node:net";
import { answer } from "../ground/processes.ts";
import { prepare, stamp, statusOf } from "./requests.ts";

export interface Plan {
  readonly port: number;
  /** One per caller; requests go round them. */
  readonly bearers: readonly string[];
  readonly body: string;
  readonly clients: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly seconds: number;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function drive({ port, bearers, body, clients, seconds }: Plan): Promise<Outcome> {
  const templates = bearers.map((bearer) => prepare(bearer, body));
  const answers: Record<string, number> = {};
  const latencies: number[] = [];
  let turn = 0;
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;

  const client = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0);
      let sentMs = 0;
      const send = (): void => {
        sentMs = performance.now();
        if (sentMs >= untilMs) return void socket.end(resolve);
        socket.write(stamp(templates[(turn += 1) % templates.length]!));
      };
      socket.on("error", reject).on("data", (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const status = statusOf(received);
        if (status === null) return;
        received = Buffer.alloc(0);
        latencies.push(performance.now() - sentMs);
        answers[status] = (answers[status] ?? 0) + 1;
        send();
      });
      send();
    });

  await Promise.all(Array.from({ length: clients }, async () => client(await open(port))));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? NaN;
  return { seconds: (performance.now() - startedMs) / 1000, answers, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

answer(drive);
