/** The load generator: a process of its own that sends prepared bytes over kept connections, each of which waits for its answer. */
import { connect, type Socket } from "node:net";

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

const KEY_LENGTH = 24;
const KEY_MARK = "idempotency-key: ";
const HEADERS_END = Buffer.from("\r\n\r\n");
let keys = Date.now() * 1000;

export function prepare(bearer: string, body: string): Buffer {
  const head = [
    "POST /v1/generations HTTP/1.1",
    "host: 127.0.0.1",
    `authorization: Bearer ${bearer}`,
    `${KEY_MARK}${"0".repeat(KEY_LENGTH)}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** A copy with an idempotency key of its own. */
function stamp(template: Buffer): Buffer {
  const request = Buffer.from(template);
  request.write(String((keys += 1)).padStart(KEY_LENGTH, "0"), request.indexOf(KEY_MARK) + KEY_MARK.length, "latin1");
  return request;
}

/** The status of a whole answer, or null while some of it is missing. */
export function statusOf(bytes: Buffer): string | null {
  const at = bytes.indexOf(HEADERS_END);
  if (at < 0) return null;
  const head = bytes.toString("latin1", 0, at);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length:\n${head}`);
  return bytes.length < at + HEADERS_END.length + Number(length) ? null : head.slice(9, 12);
}

export async function drive({ port, bearers, body, clients, seconds }: Plan): Promise<Outcome> {
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

if (process.send) {
  process.on("message", (plan: Plan) => {
    drive(plan).then(
      (outcome) => process.send!(outcome),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => process.exit(0));
}
