/** Rounds of single requests, one at a time and in turn, so that whatever disturbs this machine or the way disturbs both. */
import { GenerationView } from "@cooly/contract";
import type { Round } from "./comparison.ts";
import { ask, demand, jsonIn, order, Trouble, troubleOf, type Target } from "./installation.ts";
import { otherSide, READS_OF_A_ROUND, type Load, type Order, type Side } from "./load.ts";

const POLL_MS = 100;
const ENDS_MS = 120_000;
const ASSETS_OF_A_ROUND = 5;
const MEDIA_MS = 30_000;

export type Targets = Readonly<Record<Side, Target>>;
export const LIBRARY = "/v1/generations?limit=20";

type Taken = { -readonly [Key in keyof Round]: number[] };
const nothing = (): Taken => ({ bare: [], lookUp: [], read: [], accept: [], pickUp: [], generation: [], media: [], asset: [] });

export async function measureRounds(targets: Targets, load: Load, say: (line: string) => void): Promise<Record<Side, Round[]>> {
  const assets = { a: await findAsset(targets.a), b: await findAsset(targets.b) };
  const both = assets.a !== null && assets.b !== null;
  for (const target of [targets.a, targets.b]) await makeOne(target, load.warmUp, nothing());
  const measured: Record<Side, Round[]> = { a: [], b: [] };
  for (const [index, { first, orders }] of load.rounds.entries()) {
    say(`round ${index + 1} of ${load.rounds.length}`);
    const taken = { a: nothing(), b: nothing() };
    const inTurn = async (work: (target: Target, into: Taken, side: Side) => Promise<void>): Promise<void> => {
      for (const side of [first, otherSide(first)]) await work(targets[side], taken[side], side);
    };
    for (let turn = 0; turn < READS_OF_A_ROUND; turn += 1) await inTurn(readOnce);
    for (const one of orders) await inTurn((target, into) => makeOne(target, one, into));
    for (let turn = 0; both && turn < ASSETS_OF_A_ROUND; turn += 1)
      await inTurn(async (target, into, side) => void into.asset.push((await demand(target, assets[side]!)).ms));
    measured.a.push(taken.a);
    measured.b.push(taken.b);
  }
  return measured;
}

async function readOnce(target: Target, into: Taken): Promise<void> {
  into.bare.push((await demand(target, "/healthz")).ms);
  into.lookUp.push((await demand(target, "/v1/credits")).ms);
  into.read.push((await demand(target, LIBRARY)).ms);
}

async function makeOne(target: Target, wanted: Order, into: Taken): Promise<void> {
  const accepted = await order(target, wanted);
  if (accepted.status !== 202) throw troubleOf(target, "/v1/generations", accepted);
  into.accept.push(accepted.ms);
  const { id } = GenerationView.parse(jsonIn(accepted));
  const made = await untilEnded(target, id, async (path) => demand(target, path));
  if (made.status !== "succeeded")
    throw new Trouble("generation_failed", `${target.side} did not make ${id}: ${made.status}${made.error ? `, ${made.error.message}` : ""} (${target.url})`);
  const { queued_ms, total_ms } = made.timings;
  if (queued_ms !== null) into.pickUp.push(queued_ms);
  if (total_ms !== null) into.generation.push(total_ms);
  const link = made.outputs[0]?.url;
  if (link) into.media.push(await timeMedia(target, new URL(link, target.url).href));
}

/** Asks again and again. `read` sees each answer. */
export async function untilEnded(
  target: Target,
  id: string,
  read: (
    path: string,
  ) => Promise<{ readonly body: Uint8Array; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly ms: number }>,
): Promise<GenerationView> {
  for (let waited = 0; waited < ENDS_MS; waited += POLL_MS) {
    const view = GenerationView.parse(jsonIn(await read(`/v1/generations/${id}`)));
    if (view.finished_at !== null) {
      target.open.delete(id);
      return view;
    }
    await target.world.wait(POLL_MS);
  }
  throw new Trouble("generation_failed", `${target.side} has not made ${id} within ${ENDS_MS / 1000} s. Do its workers run? (${target.url})`);
}

/** A link is its own permission, and may lead to another server: it gets no key. */
async function timeMedia({ world, side, signal }: Target, url: string): Promise<number> {
  const answer = await world.http({ url, method: "GET", headers: {}, timeoutMs: MEDIA_MS, signal, follow: true }).catch((error: unknown) => {
    if (signal.aborted) throw new Trouble("interrupted", "interrupted", { cause: error });
    throw new Trouble("unreachable", `${side} names a link to a picture that does not answer: ${new URL(url).origin}`, { cause: error });
  });
  if (answer.status !== 200) throw new Trouble("unexpected_answer", `${side} names a link to a picture that answers ${answer.status}: ${new URL(url).origin}`);
  return answer.ms;
}

/** A file that the studio's page names, where the studio is at this address. */
async function findAsset(target: Target): Promise<string | null> {
  const page = await ask(target, "/");
  if (page.status !== 200 || !(page.headers["content-type"] ?? "").startsWith("text/html")) return null;
  return /\/_next\/static\/[\w./~-]+\.(?:js|css)/.exec(new TextDecoder().decode(page.body))?.[0] ?? null;
}
