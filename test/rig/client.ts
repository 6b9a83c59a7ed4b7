/** Callers of the API of an installation. */
import { randomBytes } from "node:crypto";

export interface Client {
  bearer: string;
  /** How many of the ports have an API behind them. */
  apis: number;
  /** Of one API after the other. */
  call(path: string, body?: unknown, key?: string): Promise<{ status: number; body: unknown }>;
  /** By so many callers at once, each again under the same key until it is answered. Answers the ids. */
  order(count: number, options?: { readonly callers?: number; readonly model?: string }): Promise<readonly string[]>;
}

const CALLERS = 16;
const TRIES = 100;
const AGAIN_MS = 200;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function createClient(ports: readonly number[]): Client {
  let turn = 0;
  const client: Client = {
    bearer: "",
    apis: 1,
    async call(path, body, key) {
      const headers = { authorization: `Bearer ${client.bearer}`, "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) };
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      turn += 1;
      const response = await fetch(`http://127.0.0.1:${ports[turn % client.apis]!}${path}`, { ...init, headers });
      return { status: response.status, body: await response.json() };
    },
    async order(count, { callers = CALLERS, model = "sim/poll" } = {}) {
      let left = count;
      const ids: string[] = [];
      const work = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          ids.push(await orderOne(client, model));
        }
      };
      await Promise.all(Array.from({ length: callers }, work));
      return ids;
    },
  };
  return client;
}

/** As a good client does: under one key until it is answered. */
async function orderOne({ call }: Pick<Client, "call">, model: string): Promise<string> {
  const key = randomBytes(12).toString("hex");
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await call("/v1/generations", { model, input: { prompt: "a test" } }, key).catch(() => null);
    if (answer?.status === 202 || answer?.status === 200) return (answer.body as { id: string }).id;
    if (answer && answer.status !== 503) throw new Error(`an order was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    await pause(AGAIN_MS);
  }
  throw new Error("an order was never answered");
}
