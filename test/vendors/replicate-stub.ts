/** Replicate: predictions, files, and webhooks. Shapes: the vendor's HTTP reference and its SDK. */
import { createHmac } from "node:crypto";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export const REPLICATE_SECRET = `whsec_${Buffer.from("a secret of twenty-four by").toString("base64")}`;

export interface ReplicateStub extends Stub {
  /** The next prediction ends so. */
  next(end: object): void;
  /** A webhook as Replicate sends it. */
  hook(body: object | string, options?: { at?: Date; id?: string }): { headers: Record<string, string>; body: Buffer };
}

export const replicateError = (status: number, title: string, detail: string = title): Answer => ({ status, body: { title, detail, status } });

const LOOKS_UNTIL_DONE = 3;

export async function startReplicate(result: Uint8Array): Promise<ReplicateStub> {
  const predictions = new Map<string, Record<string, unknown>>();
  const looks = new Map<string, number>();
  const ends: object[] = [];

  function answer(call: Call): Answer {
    const { method, path, headers } = call;
    if (path.startsWith("/files/")) return { body: result };
    if (headers.authorization !== `Bearer ${SECRET_KEY}`) return replicateError(401, "Unauthenticated", "You did not pass a valid authentication token");
    if (path === "/v1/account") return { body: { type: "organization", username: "acme", name: "Acme" } };
    if (path === "/v1/files") return { status: 201, body: { id: "f-1", urls: { get: `${stub.url}/v1/files/f-1` } } };
    const id = /\/predictions\/([^/]+)/.exec(path)?.[1];
    if (id === undefined) return create(call);
    const one = predictions.get(id);
    if (!one) return replicateError(404, "Not found");
    return method === "POST" ? cancel(one) : { body: see(id, one) };
  }

  function create(call: Call): Answer {
    const id = `gm3qorzdhgbfurvjtvhg6dckhu${predictions.size}`;
    const { version = "hidden", input } = call.json();
    const shown = { id, model: "acme/painter", version, input, logs: "", output: null, error: null, status: "starting", metrics: {}, data_removed: false };
    const urls = { get: `${stub.url}/v1/predictions/${id}`, cancel: `${stub.url}/v1/predictions/${id}/cancel` };
    const times = { created_at: new Date().toISOString(), started_at: null, completed_at: null };
    const made = { status: "succeeded", output: `${stub.url}/files/${id}`, metrics: { predict_time: 3.25, total_time: 3.3 } };
    predictions.set(id, { ...shown, ...times, urls, source: "api", ending: ends.shift() ?? made });
    return { status: 201, body: see(id, predictions.get(id)!) };
  }

  function see(id: string, one: Record<string, unknown>): object {
    const nth = (looks.get(id) ?? -1) + 1;
    looks.set(id, nth);
    if (nth > 0 && one["status"] === "starting") Object.assign(one, { status: "processing", started_at: new Date().toISOString() });
    if (nth >= LOOKS_UNTIL_DONE && one["status"] === "processing") Object.assign(one, { completed_at: new Date().toISOString() }, one["ending"] as object);
    const { ending: _ending, ...seen } = one;
    return seen;
  }

  function cancel(one: Record<string, unknown>): Answer {
    if (one["status"] === "succeeded") return replicateError(422, "Prediction is over");
    Object.assign(one, { status: "canceled", completed_at: new Date().toISOString() });
    return { body: { id: one["id"], status: "canceled" } };
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path.startsWith("/files/")) return "fetch";
      if (method === "POST" && path.endsWith("/predictions")) return "submit";
      return method === "GET" && path.includes("/predictions/") ? "look" : "other";
    },
    answer,
    throttled: () => replicateError(429, "Too many requests", "Request was throttled. Your rate limit resets in ~0s."),
  });
  return { ...stub, next: (end) => void ends.push(end), hook };
}

function hook(said: object | string, { at = new Date(), id = "msg_1" }: { at?: Date; id?: string } = {}): ReturnType<ReplicateStub["hook"]> {
  const body = Buffer.from(typeof said === "string" ? said : JSON.stringify(said));
  const time = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(REPLICATE_SECRET.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
  return { headers: { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1a,AAAA v1,${signature}` }, body };
}
