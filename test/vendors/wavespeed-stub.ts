/** WaveSpeed: predictions, uploads, and webhooks. Shapes: the vendor's API reference. */
import { createHmac } from "node:crypto";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export const WAVESPEED_SECRET = "whsec_7a1f93b2c4d5e6f7a8b9c0d1e2f30415";

export interface WaveSpeedStub extends Stub {
  /** The next prediction ends so. */
  next(end: object): void;
  /** A webhook as WaveSpeed sends it. */
  hook(body: object | string, options?: { at?: Date; id?: string }): { headers: Record<string, string>; body: Buffer };
}

/** Its own status, within an answer of 200 or beside one like it. */
export const waveSpeedError = (code: number, message: string, status: number = 200): Answer => ({ status, body: { code, message, data: {} } });

const LOOKS_UNTIL_DONE = 3;

export async function startWaveSpeed(result: Uint8Array): Promise<WaveSpeedStub> {
  const predictions = new Map<string, Record<string, unknown>>();
  const looks = new Map<string, number>();
  const ends: object[] = [];
  const good = (data: object): Answer => ({ body: { code: 200, message: "success", data } });

  function answer(call: Call): Answer {
    const { method, path, headers } = call;
    if (path.startsWith("/files/")) return { body: result };
    if (headers.authorization !== `Bearer ${SECRET_KEY}`) return waveSpeedError(401, "invalid authentication", 401);
    if (path === "/api/v3/balance") return good({ balance: 12.5 });
    if (path === "/api/v3/media/upload/binary") return good({ type: "image", download_url: `${stub.url}/files/upload`, filename: "a.png", size: 1 });
    if (method === "POST") return create(path.slice("/api/v3/".length));
    const one = predictions.get(path.split("/").at(-2)!);
    return one ? good(see(one)) : waveSpeedError(404, "not found", 404);
  }

  function create(model: string): Answer {
    const id = `45b392b22c3b449fa935bd4${predictions.size}`;
    const urls = { get: `${stub.url}/api/v3/predictions/${id}/result` };
    const made = { status: "completed", outputs: [`${stub.url}/files/${id}`], has_nsfw_contents: [false] };
    const shown = { id, model, outputs: [], urls, has_nsfw_contents: [], status: "created", created_at: new Date().toISOString(), error: "", timings: {} };
    const ending = ends.shift() ?? made;
    predictions.set(id, { ...shown, ending });
    return good(shown);
  }

  function see(one: Record<string, unknown>): object {
    const id = String(one["id"]);
    const nth = (looks.get(id) ?? 0) + 1;
    looks.set(id, nth);
    if (one["status"] === "created") one["status"] = "processing";
    else if (nth >= LOOKS_UNTIL_DONE) Object.assign(one, one["ending"] as object);
    const { ending: _ending, ...seen } = one;
    return seen;
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path.startsWith("/files/")) return "fetch";
      if (method === "POST") return path.includes("/media/") ? "other" : "submit";
      return path.endsWith("/result") ? "look" : "other";
    },
    answer,
    throttled: () => ({ ...waveSpeedError(429, "Too many requests", 429), headers: { "retry-after": "0" } }),
  });
  return { ...stub, next: (end) => void ends.push(end), hook };
}

function hook(said: object | string, { at = new Date(), id = "msg_1" }: { at?: Date; id?: string } = {}): ReturnType<WaveSpeedStub["hook"]> {
  const body = Buffer.from(typeof said === "string" ? said : JSON.stringify(said));
  const time = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac("sha256", WAVESPEED_SECRET.slice("whsec_".length)).update(`${id}.${time}.`).update(body).digest("hex");
  return { headers: { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v3,${signature}` }, body };
}
