/** fal's queue: submit, status, result, cancel, and the keys of its webhooks. Shapes: the vendor's API reference. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

/** How a request ends: what its status says, and what its result answers. */
export interface FalEnd {
  readonly status?: object;
  readonly result?: Answer;
}

export interface FalStub extends Stub {
  /** The next request ends so. */
  next(end: FalEnd): void;
  /** Addresses of the next request are of this origin. */
  elsewhere(origin: string): void;
  /** From now on webhooks are signed by another key. */
  turnKeys(): void;
  /** A webhook as fal sends it. */
  hook(body: object | string, options?: { at?: Date }): { headers: Record<string, string>; body: Buffer };
  /** How often the keys were asked for. */
  keysAsked(): number;
}

const LOOKS_UNTIL_DONE = 3;

export const falError = (status: number, type: string, msg: string = type): Answer => ({
  status,
  headers: { "x-fal-retryable": "false" },
  body: { detail: [{ loc: ["body", "prompt"], msg, type, url: `https://docs.fal.ai/errors#${type}`, input: "x" }] },
});

export const falTrouble = (status: number, errorType: string, detail: string = errorType): Answer => ({
  status,
  headers: { "x-fal-error-type": errorType },
  body: { detail, error_type: errorType },
});

interface Request {
  readonly end: FalEnd;
  looks: number;
  canceled: boolean;
}

export async function startFal(result: Uint8Array): Promise<FalStub> {
  const requests = new Map<string, Request>();
  const ends: FalEnd[] = [];
  let origin: string | null = null;
  const signer = createSigner();

  function answer(call: Call): Answer {
    if (call.path.startsWith("/files/")) return { body: result };
    if (call.path === "/.well-known/jwks.json") return { body: signer.keys() };
    if (call.headers.authorization !== `Key ${SECRET_KEY}`) return { status: 401, body: { detail: "Cannot access application. Authentication is required." } };
    if (call.method === "POST") return create(call);
    const [, id, what] = /\/requests\/([^/]+)(?:\/(\w+))?$/.exec(call.path) ?? [];
    const request = requests.get(id ?? "");
    if (!request) return { status: 404, body: { detail: "Request not found" } };
    if (what === "cancel") return cancel(request);
    return what === "status" ? status(id!, request) : end(id!, request);
  }

  function create({ path }: Call): Answer {
    const id = `764cabcf-b745-4b3e-ae38-${String(requests.size).padStart(12, "0")}`;
    requests.set(id, { end: ends.shift() ?? {}, looks: 0, canceled: false });
    const base = `${origin ?? stub.url}${path.split("/").slice(0, 3).join("/")}/requests/${id}`;
    origin = null;
    const urls = { response_url: base, status_url: `${base}/status`, cancel_url: `${base}/cancel` };
    return { body: { request_id: id, gateway_request_id: id, status: "IN_QUEUE", queue_position: 0, ...urls } };
  }

  function status(id: string, request: Request): Answer {
    request.looks += 1;
    const named = { request_id: id, gateway_request_id: id };
    if (request.canceled) return { body: { status: "COMPLETED", ...named, error: "Client cancelled the request", error_type: "client_cancelled" } };
    if (request.looks === 1) return { status: 202, body: { status: "IN_QUEUE", ...named, queue_position: 0 } };
    if (request.looks < LOOKS_UNTIL_DONE) return { status: 202, body: { status: "IN_PROGRESS", ...named, logs: null } };
    return { body: { status: "COMPLETED", ...named, logs: null, metrics: { inference_time: 3.7 }, ...request.end.status } };
  }

  function end(id: string, request: Request): Answer {
    if (request.looks < LOOKS_UNTIL_DONE && !request.canceled) return { status: 400, body: { detail: "Request is still in progress" } };
    const made = { images: [{ url: `${stub.url}/files/${id}`, width: 1024, height: 768, content_type: "image/png" }], seed: 7, has_nsfw_concepts: [false] };
    return request.end.result ?? { headers: { "x-fal-billable-units": "1" }, body: made };
  }

  function cancel(request: Request): Answer {
    if (request.looks >= LOOKS_UNTIL_DONE) return { status: 400, body: { status: "ALREADY_COMPLETED" } };
    request.canceled = true;
    return { status: 202, body: { status: "CANCELLATION_REQUESTED" } };
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path.startsWith("/files/")) return "fetch";
      if (method === "POST") return "submit";
      return path.endsWith("/status") ? "look" : "other";
    },
    answer,
    throttled: () => ({ status: 429, headers: { "retry-after": "0" }, body: { detail: "Too many requests" } }),
  });
  return {
    ...stub,
    next: (one) => void ends.push(one),
    elsewhere: (other) => void (origin = other),
    ...signer,
  };
}

interface Signer extends Pick<FalStub, "hook" | "turnKeys" | "keysAsked"> {
  keys(): object;
}

function createSigner(): Signer {
  let pair = generateKeyPairSync("ed25519");
  let asked = 0;
  function hook(said: object | string, { at = new Date() }: { at?: Date } = {}): ReturnType<FalStub["hook"]> {
    const body = Buffer.from(typeof said === "string" ? said : JSON.stringify(said));
    const [id, user, time] = ["764cabcf", "google-oauth2|1234", String(Math.floor(at.getTime() / 1000))] as const;
    const message = [id, user, time, createHash("sha256").update(body).digest("hex")].join("\n");
    const headers = {
      "x-fal-webhook-request-id": id,
      "x-fal-webhook-user-id": user,
      "x-fal-webhook-timestamp": time,
      "x-fal-webhook-signature": sign(null, Buffer.from(message), pair.privateKey).toString("hex"),
    };
    return { headers, body };
  }

  return {
    keys() {
      asked += 1;
      return { keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "EdDSA" }] };
    },
    hook,
    turnKeys: () => void (pair = generateKeyPairSync("ed25519")),
    keysAsked: () => asked,
  };
}
