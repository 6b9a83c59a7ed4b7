/** One of the two, as this tool sees it: asked, timed, and its refusals in sentences that do not change. */
import { ConfigView, CreditsView, GenerationView } from "@cooly/contract";
import type { HttpAnswered, World } from "../command.ts";
import { MODEL, SIZE, type Order, type Side } from "./load.ts";

export type TroubleCode =
  | "unreachable"
  | "not_cooly"
  | "key_refused"
  | "no_painter"
  | "insufficient_credits"
  | "rate_limited"
  | "generation_failed"
  | "unexpected_answer"
  | "interrupted";

/** Why there is no comparison. */
export class Trouble extends Error {
  readonly code: TroubleCode;

  constructor(code: TroubleCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Trouble";
    this.code = code;
  }
}

export interface Target {
  readonly side: Side;
  readonly url: string;
  readonly key: string;
  /** Of this run alone: what was asked for under the same name before is answered with what was made then. */
  readonly run: string;
  readonly world: World;
  readonly signal: AbortSignal;
  /** Ordered, and not known to have ended. */
  readonly open: Set<string>;
  /** Orders without an answer: nobody knows whether they were taken. */
  readonly unanswered: Set<Asked>;
}

const TIMEOUT_MS = 30_000;

export type Asked = { readonly body?: object; readonly headers?: Readonly<Record<string, string>>; readonly evenIfInterrupted?: boolean };

/** As it is answered. Throws Trouble where nothing answers. */
export async function ask({ url, key, side, world, signal }: Target, path: string, { body, headers = {}, evenIfInterrupted = false }: Asked = {}) {
  if (signal.aborted && !evenIfInterrupted) throw new Trouble("interrupted", "interrupted");
  try {
    return await world.http({
      url: `${url}${path}`,
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
      ...(evenIfInterrupted ? {} : { signal }),
    });
  } catch (error) {
    if (signal.aborted) throw new Trouble("interrupted", "interrupted", { cause: error });
    throw new Trouble("unreachable", `${side} does not answer: ${url}${path} (${reasonOf(error)})`, { cause: error });
  }
}

/** What undici found is in the cause; its own words are always the same. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { code?: string; message?: string };
  return typeof code === "string" ? code : (message ?? String(cause));
}

/** Throws Trouble unless it was answered as wanted. */
export async function demand(target: Target, path: string, asked: Asked = {}): Promise<HttpAnswered> {
  const answer = await ask(target, path, asked);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw troubleOf(target, path, answer);
}

export function troubleOf({ side, url }: Target, path: string, answer: HttpAnswered): Trouble {
  const { code, detail } = problemIn(answer);
  if (answer.status === 429)
    return new Trouble(
      "rate_limited",
      `${side} answered 429: its limit of requests was met, not its speed. Raise RATE_LIMIT_PER_MINUTE at ${url}, wait a minute, or ask for fewer --rounds.`,
    );
  if (answer.status === 401 || answer.status === 403) return new Trouble("key_refused", `${side} refuses its key: ${detail ?? code ?? answer.status} (${url})`);
  if (code === "insufficient_credits") return new Trouble("insufficient_credits", `${side} has no credits left: ${detail ?? code} (${url})`);
  return new Trouble("unexpected_answer", `${side} answered ${url}${path} with ${answer.status}${detail === null ? "" : `: ${detail}`}`);
}

function problemIn(answer: HttpAnswered): { code: string | null; detail: string | null } {
  const body = jsonIn(answer) as { code?: unknown; detail?: unknown } | null;
  return { code: typeof body?.code === "string" ? body.code : null, detail: typeof body?.detail === "string" ? body.detail : null };
}

export function jsonIn({ body }: HttpAnswered): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/** That it is Cooly, takes the key, has the painter, and the credits for so many orders. Changes nothing. */
export async function introduce(target: Target, orders: number): Promise<{ name: string; version: string }> {
  const { side, url } = target;
  const said = await ask(target, "/v1/config");
  const config = ConfigView.safeParse(jsonIn(said));
  if (said.status >= 300 && said.status < 400)
    throw new Trouble("not_cooly", `${side} sends elsewhere: ${url} answers ${said.status} with ${said.headers["location"] ?? "no address"}. Name that one.`);
  if (!config.success)
    throw new Trouble(
      "not_cooly",
      `${side} is not Cooly: ${url}/v1/config answers ${said.status}, and not with a configuration. Name the address of the API or of the studio.`,
    );
  const price = await priceOf(target);
  const credits = CreditsView.parse(jsonIn(await demand(target, "/v1/credits")));
  const needed = price * orders;
  if (credits.available < needed)
    throw new Trouble(
      "insufficient_credits",
      `${side} needs up to ${needed} credits for ${orders} generations at ${price}, and has ${credits.available}. Nothing was ordered. Grant some, or lower --rounds or --users-max.`,
    );
  return { name: config.data.name, version: config.data.version };
}

async function priceOf(target: Target): Promise<number> {
  const answer = await ask(target, "/v1/quotes", { body: { model: MODEL, input: { prompt: "a price", size: SIZE }, outputs: 1 } });
  if (problemIn(answer).code === "unknown_model")
    throw new Trouble("no_painter", `${target.side} has no ${MODEL}, which both are compared with (${target.url}).`);
  if (answer.status !== 200) throw troubleOf(target, "/v1/quotes", answer);
  return (jsonIn(answer) as { credits: number }).credits;
}

const ORDERS = "/v1/generations";

/** Asks for one generation. Its answer, timed. */
export async function order(target: Target, { prompt, name }: Order, again = 0): Promise<HttpAnswered> {
  if (target.signal.aborted) throw new Trouble("interrupted", "interrupted");
  return place(target, {
    // Who hangs up on an order does not know whether it was taken.
    evenIfInterrupted: true,
    body: { model: MODEL, input: { prompt, size: SIZE }, outputs: 1, metadata: { cooly_compare: target.run } },
    headers: { "idempotency-key": `compare-${target.run}-${target.side}-${name}-${again}` },
  });
}

async function place(target: Target, asked: Asked): Promise<HttpAnswered> {
  target.unanswered.add(asked);
  const answer = await ask(target, ORDERS, asked);
  target.unanswered.delete(asked);
  if (answer.status === 202) target.open.add(GenerationView.parse(jsonIn(answer)).id);
  return answer;
}

const WAIT_MOST_SECONDS = 60;

/**
 * Asks the installation to give up what was ordered and has not ended; a limit of requests that is in the way is waited for, between `tries`.
 * Answers how many it gave up; what it could not be asked stays open.
 */
export async function cancelOpen(target: Target, { tries = 1 }: { tries?: number } = {}): Promise<number> {
  let canceled = 0;
  for (let left = tries; left > 0; left -= 1) {
    // The same name again is answered with what was made then, whose number is wanted.
    const known = [...target.unanswered].map((asked) => place(target, asked).catch(() => null));
    const found = await Promise.all(known);
    const answers = await Promise.all([...target.open].map((id) => cancelOne(target, id)));
    canceled += answers.filter((answer) => answer?.status === 202).length;
    if (countOpen(target) === 0) break;
    const waits = [...found, ...answers].map((answer) => Number(answer?.headers["retry-after"] ?? 1) || 1);
    if (left > 1) await target.world.wait(Math.min(WAIT_MOST_SECONDS, Math.max(...waits)) * 1000);
  }
  return canceled;
}

/** What may still run there for all that is known. */
export const countOpen = ({ open, unanswered }: Target): number => open.size + unanswered.size;

async function cancelOne(target: Target, id: string): Promise<HttpAnswered | null> {
  const answer = await ask(target, `${ORDERS}/${id}/cancel`, { body: {}, evenIfInterrupted: true }).catch(() => null);
  // 409: it had ended. 404: somebody has deleted it.
  if (answer && [202, 404, 409].includes(answer.status)) target.open.delete(id);
  return answer;
}
