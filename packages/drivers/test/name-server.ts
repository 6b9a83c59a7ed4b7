import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";

const HEADER_BYTES = 12;
const A = 1;
const AAAA = 28;

export interface NameServer {
  /** As a resolver wants it. */
  readonly address: string;
  /** Names that were asked for their IPv4 addresses, in order. */
  readonly asked: string[];
  close(): void;
}

/** Answers over UDP what `answer` says of a name; it is told how often this name has been asked for before. Nothing may be kept. */
export async function startNameServer(answer: (name: string, before: number) => readonly string[]): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  const plans = new Map<string, readonly string[]>();
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = readQuestion(query);
    if (type === A) {
      plans.set(name, answer(name, asked.filter((one) => one === name).length));
      asked.push(name);
    }
    const addresses = (plans.get(name) ?? answer(name, 0)).filter((one) => one.includes(":") === (type === AAAA));
    socket.send(reply(query.subarray(0, end), { type, addresses }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${(socket.address() as AddressInfo).port}`, asked, close: () => socket.close() };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function reply(question: Buffer, { type, addresses }: { type: number; addresses: readonly string[] }): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const bytes = type === A ? Buffer.from(address.split(".").map(Number)) : bytesOfSix(address);
    // A pointer to the name in the question, the type, the class, and a life of no seconds.
    const record = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...records]);
}

function bytesOfSix(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const groups = (part: string): number[] => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
