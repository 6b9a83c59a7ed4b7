/** A provider that answers at once and whose results are as large as one likes; it speaks the simulator's protocol. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { makePicture } from "../../test/simulator/src/picture.ts";

export interface LargeFiles {
  readonly url: string;
  /** How many have begun to leave. */
  sent(): number;
  close(): Promise<void>;
}

export async function startLargeFiles(bytes: number): Promise<LargeFiles> {
  const file = largePicture(bytes);
  let sent = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "GET") {
      sent += 1;
      return void response.writeHead(200, { "content-type": "image/png", "content-length": file.length }).end(file);
    }
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

/** A whole PNG whose weight lies in a chunk that readers pass over. */
function largePicture(bytes: number): Buffer {
  const picture = makePicture("large");
  const end = picture.length - 12;
  const filling = Buffer.concat([Buffer.from("coOl", "latin1"), Buffer.alloc(bytes - picture.length - 12)]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(filling.length - 4, 0);
  frame.writeUInt32BE(crc32(filling), 4);
  return Buffer.concat([picture.subarray(0, end), frame.subarray(0, 4), filling, frame.subarray(4), picture.subarray(end)]);
}
