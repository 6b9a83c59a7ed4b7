/** An HTTP proxy that takes requests and answers whole, and loses, doubles, delays or replaces them: what streams is `http-faults.ts`. */
import { createServer, request as ask, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Answered {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What becomes of one request. */
export interface Treatment {
  readonly delayMs?: number;
  /** The connection is reset: before the server is asked, or after it has answered. */
  readonly drop?: "before" | "after";
  /** The server is asked again, and the second answer is the one that passes. */
  readonly twice?: boolean;
  /** Answers in place of the server, which is not asked. */
  readonly instead?: Answered;
}

export interface HttpFaultProxy {
  readonly url: string;
  readonly counts: Readonly<Record<"asked" | "dropped" | "doubled" | "delayed", number>>;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

export async function openHttpFaultProxy(to: () => string, treat: (asked: Asked) => Treatment): Promise<HttpFaultProxy> {
  const counts = { asked: 0, dropped: 0, doubled: 0, delayed: 0 };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked: Asked = { method: request.method!, path: request.url!, headers: request.headers, body: await buffer(request) };
    const { delayMs = 0, drop, twice = false, instead } = treat(asked);
    counts.asked += 1;
    if (delayMs > 0) {
      counts.delayed += 1;
      await sleep(delayMs);
    }
    if (drop === "before") return reset(response);
    if (twice) {
      counts.doubled += 1;
      await forward(to(), asked);
    }
    const { status, headers, body } = instead ?? (await forward(to(), asked));
    if (drop === "after") return reset(response);
    response.writeHead(status, { ...headers, "content-length": headers["content-length"] ?? body.length }).end(body);
  }

  function reset(response: ServerResponse): void {
    counts.dropped += 1;
    response.socket?.resetAndDestroy();
  }

  const server = createServer((request, response) => void handle(request, response).catch(() => response.socket?.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    counts,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function forward(to: string, { method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { "transfer-encoding": _gathered, ...kept } = headers;
    const sent = ask(new URL(path, to), { method, headers: { ...kept, "content-length": body.length } }, (answer) => {
      void buffer(answer).then((read) => {
        const { "transfer-encoding": _chunked, ...others } = answer.headers;
        resolve({ status: answer.statusCode!, headers: others, body: read });
      }, reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
