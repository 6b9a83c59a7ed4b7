/** One caller of the public API, as a good client is: it asks again under the same key until it is answered, and remembers what it was told. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, Ground } from "./ground.ts";

export interface Answer {
  readonly atMs: number;
  readonly api: "api-1" | "api-2";
  readonly what: string;
  readonly status: number;
  readonly tookMs: number;
  readonly retryAfter: string | null;
  readonly code: string | null;
}

export interface Request {
  readonly account: Account;
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
  /** Hangs up after so long, the first time. */
  readonly hangUpMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly body: { readonly id?: string; readonly status?: string; readonly code?: string };
}

export interface Client {
  readonly answers: readonly Answer[];
  /** Requests that were not answered at all although their API lived, and gave nothing for `HUNG_MS`. */
  readonly hung: readonly { readonly atMs: number; readonly what: string }[];
  /** Until it is answered with anything but 503. Null: it gave up. */
  ask(request: Request): Promise<Reply | null>;
  /** Once, of this API. */
  probe(api: "api-1" | "api-2", account: Account): Promise<number | null>;
}

export const HUNG_MS = 12_000;
const GIVE_UP_MS = 90_000;
const PAUSE_MS = 150;

export function createClient({ apis }: Pick<Ground, "apis">, patience: number): Client {
  const answers: Answer[] = [];
  const hung: { atMs: number; what: string }[] = [];
  const names = ["api-1", "api-2"] as const;
  let turn = 0;

  /** Null: the connection broke, or the caller hung up. */
  async function once(api: "api-1" | "api-2", request: Request, hangUpMs: number | null): Promise<Reply | null> {
    const { account, path, key, body } = request;
    const startedMs = performance.now();
    const headers = {
      authorization: `Bearer ${account.bearer}`,
      "content-type": "application/json",
      ...(key !== undefined && { "idempotency-key": key }),
    };
    const init: RequestInit = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const what = `${init.method ?? "GET"} ${path.replace(/gen_\w+/, ":id")}`;
    try {
      const response = await fetch(apis[api] + path, { ...init, headers, signal: AbortSignal.timeout(hangUpMs ?? HUNG_MS * patience) });
      const text = await response.text();
      const said = (text === "" ? {} : JSON.parse(text)) as Reply["body"];
      const { status } = response;
      const tookMs = performance.now() - startedMs;
      const code = status >= 400 ? (said.code ?? null) : null;
      answers.push({ atMs: Date.now(), api, what, status, tookMs, retryAfter: response.headers.get("retry-after"), code });
      return { status, body: said };
    } catch (error) {
      if (hangUpMs === null && error instanceof Error && error.name === "TimeoutError") hung.push({ atMs: Date.now(), what });
      return null;
    }
  }

  return {
    answers,
    hung,
    async ask(request) {
      const endMs = performance.now() + GIVE_UP_MS;
      let hangUpMs = request.hangUpMs ?? null;
      while (performance.now() < endMs) {
        const reply = await once(names[(turn += 1) % 2]!, request, hangUpMs);
        hangUpMs = null;
        if (reply && reply.status !== 503) return reply;
        await sleep(reply ? PAUSE_MS * 3 : PAUSE_MS);
      }
      return null;
    },
    probe: async (api, account) => (await once(api, { account, path: "/v1/credits" }, null))?.status ?? null,
  };
}
