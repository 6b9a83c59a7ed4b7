/** Stands before a server that speaks the JSON of AWS, counts what it is asked, and rewrites single answers. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

type Rewrite = (answer: object) => object | null;

export interface AnswerProxy {
  readonly url: string;
  /** What becomes of the next answer to that; null: a server error. Resolves when it was sent. */
  onNext(action: string, rewrite: Rewrite, status?: number): Promise<void>;
  asked(action: string): number;
  actions(): readonly string[];
  close(): Promise<void>;
}

interface Waiting {
  readonly action: string;
  readonly rewrite: Rewrite;
  readonly status: number;
  readonly sent: () => void;
}

export async function openAnswerProxy(behind: string): Promise<AnswerProxy> {
  const counts = new Map<string, number>();
  const waiting: Waiting[] = [];

  async function pass(request: IncomingMessage): Promise<{ status: number; text: string }> {
    const action = String(request.headers["x-amz-target"]).replace("AmazonSQS.", "");
    const { authorization, "content-type": type } = request.headers;
    const headers = { authorization: authorization ?? "", "content-type": type ?? "", "x-amz-target": String(request.headers["x-amz-target"]) };
    const reply = await fetch(behind, { method: "POST", headers, body: new Uint8Array(await buffer(request)) });
    const text = await reply.text();
    counts.set(action, (counts.get(action) ?? 0) + 1);
    const found = waiting.findIndex((one) => one.action === action);
    if (found < 0) return { status: reply.status, text };
    const [{ rewrite, status, sent }] = waiting.splice(found, 1) as [Waiting];
    const changed = rewrite(JSON.parse(text || "{}") as object);
    sent();
    return changed === null ? { status: 500, text: "{}" } : { status, text: JSON.stringify(changed) };
  }

  const server = createServer((request, response) => {
    void pass(request)
      .catch((error: unknown) => ({ status: 502, text: String(error) }))
      .then(({ status, text }) => response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onNext: (action, rewrite, status = 200) => new Promise((resolve) => waiting.push({ action, rewrite, status, sent: resolve })),
    asked: (action) => counts.get(action) ?? 0,
    actions: () => [...counts.keys()],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
