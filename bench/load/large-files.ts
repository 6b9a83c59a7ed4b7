/** A provider that answers at once and whose results are as large as one likes; it speaks the simulator's protocol. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { makePicture } from "../../test/simulator/src/picture.ts";

export interface LargeFiles {
  readonly url: string;
  /** How many have begun to leave. */
  sent(): number;
  close(): Promise<void>;
}

/** No file goes further than its beginning before `together` of them are asked for. */
export async function startLargeFiles({ bytes, together }: { readonly bytes: number; readonly together: number }): Promise<LargeFiles> {
  const file = describePicture(bytes);
  const complete = Promise.withResolvers<void>();
  let sent = 0;
  const send = async (response: ServerResponse): Promise<void> => {
    sent += 1;
    if (sent === together) complete.resolve();
    response.writeHead(200, { "content-type": "image/png", "content-length": bytes }).flushHeaders();
    await complete.promise;
    await pipeline(Readable.from(piecesOf(file), { objectMode: false }), response);
  };
  const server = createServer((request, response) => {
    request.resume();
    // Whoever hung up is not waited for.
    if (request.method === "GET") return void send(response).catch(() => response.destroy());
    const id = crypto.randomUUID();
    const { port } = server.address() as AddressInfo;
    const view = { id, client_id: null, status: "succeeded", output: `http://127.0.0.1:${port}/files/${id}` };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(view));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface LargePicture {
  readonly head: Buffer;
  readonly fillingBytes: number;
  readonly tail: Buffer;
}

/** All files share it. */
const FILLING = Buffer.alloc(256 * 1024);
const FRAME_BYTES = 12;

/** A whole PNG whose weight lies in a chunk that readers pass over; never in memory whole. */
function describePicture(bytes: number): LargePicture {
  const picture = makePicture("large");
  const fillingBytes = bytes - picture.length - FRAME_BYTES;
  const end = picture.length - FRAME_BYTES;
  const name = Buffer.from("coOl", "latin1");
  let checksum = crc32(name);
  for (const piece of fill(fillingBytes)) checksum = crc32(piece, checksum);
  return {
    head: Buffer.concat([picture.subarray(0, end), number(fillingBytes), name]),
    fillingBytes,
    tail: Buffer.concat([number(checksum), picture.subarray(end)]),
  };
}

function* piecesOf({ head, fillingBytes, tail }: LargePicture): Generator<Buffer> {
  yield head;
  yield* fill(fillingBytes);
  yield tail;
}

function* fill(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= FILLING.length) yield FILLING.subarray(0, Math.min(left, FILLING.length));
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
