/** A server that speaks one vendor's protocol, keeps what it was asked, and misbehaves when told to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** `body` as a JSON object. */
  json(): Record<string, unknown>;
}

export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string | Uint8Array;
}

/**
 * What befalls the next submit. Of those named `…_after…` and of `drop_after_read` and `garbage` the vendor has the job; of the others it has not.
 * `drop_before_read` closes the connection once the head of the request is there.
 */
export const submitFaults = ["drop_before_read", "drop_after_read", "server_error", "server_error_after", "overloaded", "rate_limit", "garbage"] as const;
export type SubmitFault = (typeof submitFaults)[number];
/** What befalls the next three looks. */
export const lookFaults = ["look_error", "look_garbage", "look_throttled", "look_dropped"] as const;
export type LookFault = (typeof lookFaults)[number];
/** What befalls the next fetch of a result. */
export const fetchFaults = ["truncated", "wrong_length", "fetch_error"] as const;
export type FetchFault = (typeof fetchFaults)[number];

export interface Vendor {
  /** Which calls make a job, ask for its state, or fetch its result. */
  kind(call: Call): "submit" | "look" | "fetch" | "other";
  answer(call: Call): Answer | Promise<Answer>;
  /** As this vendor says it. Default: a bare status with `Retry-After: 1`. */
  throttled?(): Answer;
}

export interface Stub {
  readonly url: string;
  readonly calls: readonly Call[];
  readonly submits: readonly Call[];
  /** How many submits brought a job. */
  made(): number;
  fault(next: SubmitFault | LookFault | FetchFault): void;
  /** The next call of this kind is answered so, without the vendor. */
  say(kind: ReturnType<Vendor["kind"]>, answer: Answer): void;
  close(): Promise<void>;
}

const LOOKS = 3;
const GARBAGE: Answer = { headers: { "content-type": "text/html" }, body: "<html><h1>Welcome to the gateway</h1>" };

export async function startStub(vendor: Vendor): Promise<Stub> {
  const calls: Call[] = [];
  const submits: Call[] = [];
  const planned: { kind: ReturnType<Vendor["kind"]>; fault: string; answer?: Answer }[] = [];
  let made = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url!, "http://stub");
    const head = { method: request.method!, path, query, headers: request.headers };
    const early = { ...head, body: Buffer.alloc(0), json: () => ({}) };
    const kind = vendor.kind(early);
    const at = planned.findIndex((one) => one.kind === kind);
    const plan = at < 0 ? null : planned.splice(at, 1)[0]!;
    if (plan?.fault === "drop_before_read") return void request.socket.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call: Call = { ...head, body, json: () => JSON.parse(body.toString("utf8")) as Record<string, unknown> };
    calls.push(call);
    if (kind === "submit") submits.push(call);
    if (plan?.answer) return send(response, plan.answer);
    const before = unasked(plan?.fault, vendor);
    if (before) return send(response, before);
    if (plan?.fault === "look_dropped") return void response.destroy();
    const answer = await vendor.answer(call);
    if (kind === "submit" && (answer.status ?? 200) < 400) made += 1;
    switch (plan?.fault) {
      case "drop_after_read":
        return void response.destroy();
      case "server_error_after":
        return send(response, { status: 500, body: { error: { code: "internal", message: "internal" } } });
      case "garbage":
        return send(response, GARBAGE);
      case "truncated":
      case "wrong_length":
        return cut(response, answer, plan.fault);
    }
    return send(response, answer);
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    submits,
    made: () => made,
    fault(fault) {
      const kind = (submitFaults as readonly string[]).includes(fault) ? "submit" : (lookFaults as readonly string[]).includes(fault) ? "look" : "fetch";
      for (let nth = 0; nth < (kind === "look" ? LOOKS : 1); nth += 1) planned.push({ kind, fault });
    },
    say: (kind, answer) => void planned.push({ kind, fault: "", answer }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is answered without asking the vendor. */
function unasked(fault: string | undefined, vendor: Vendor): Answer | null {
  switch (fault) {
    case "server_error":
    case "look_error":
    case "fetch_error":
      return { status: 500, body: { error: { code: "internal", message: "internal" } } };
    case "overloaded":
      return { status: 503, body: "upstream connect error" };
    case "rate_limit":
    case "look_throttled":
      return vendor.throttled?.() ?? { status: 429, headers: { "retry-after": "1" }, body: "Too many requests" };
    case "look_garbage":
      return GARBAGE;
  }
  return null;
}

function bodyOf({ body = "" }: Answer): { bytes: Uint8Array; type: string } {
  if (body instanceof Uint8Array) return { bytes: body, type: "application/octet-stream" };
  return typeof body === "string" ? { bytes: Buffer.from(body), type: "text/plain" } : { bytes: Buffer.from(JSON.stringify(body)), type: "application/json" };
}

function send(response: ServerResponse, answer: Answer): void {
  const { bytes, type } = bodyOf(answer);
  response.writeHead(answer.status ?? 200, { "content-type": type, "content-length": bytes.length, ...answer.headers }).end(bytes);
}

function cut(response: ServerResponse, answer: Answer, fault: FetchFault): void {
  const { bytes, type } = bodyOf(answer);
  const length = fault === "truncated" ? bytes.length : bytes.length + 100;
  response.writeHead(200, { "content-type": type, "content-length": length });
  response.write(fault === "truncated" ? bytes.subarray(0, bytes.length >> 1) : bytes, () => response.destroy());
}
