/** Twice as many users at once, and again, until the target is missed. A user orders, looks until it is there, and looks at the library. */
import { GenerationView } from "@cooly/contract";
import type { HttpAnswered } from "../command.ts";
import { usersOf, type StepResult, type Users } from "./comparison.ts";
import { percentile } from "./figures.ts";
import { ask, cancelOpen, jsonIn, order, Trouble, troubleOf, type Target } from "./installation.ts";
import { sides, type Load, type Order, type Side, type Step } from "./load.ts";
import { LIBRARY, untilEnded, type Targets } from "./rounds.ts";

const FAILURES_KEPT = 5;

export async function measureUsers(targets: Targets, load: Load, { targetMs, say }: { targetMs: number; say: (line: string) => void }) {
  const steps: Record<Side, StepResult[]> = { a: [], b: [] };
  const climbs = (side: Side): boolean => steps[side].at(-1)?.met ?? true;
  for (const step of load.steps) {
    for (const side of sides.filter(climbs)) {
      say(`${side}: ${step.users} ${step.users === 1 ? "user" : "users"} at once`);
      const first = await climb(targets[side], step, { targetMs, again: 0 });
      steps[side].push(first);
      // One bad moment is not yet a limit; who was told of one need not ask again.
      if (!first.met && !first.limited) steps[side].push(await climb(targets[side], step, { targetMs, again: 1 }));
    }
  }
  return { a: usersOf(steps.a), b: usersOf(steps.b) } satisfies Record<Side, Users>;
}

class Missed extends Error {}

interface Tally {
  readonly took: number[];
  readonly failures: string[];
  limited: boolean;
}

async function climb(target: Target, { users, orders }: Step, { targetMs, again }: { targetMs: number; again: number }): Promise<StepResult> {
  const tally: Tally = { took: [], failures: [], limited: false };
  const ended = await Promise.allSettled(orders.map((some) => visit(target, some, { tally, again })));
  for (const end of ended) {
    if (end.status === "fulfilled" || end.reason instanceof Missed) continue;
    // What this tool did not expect is no figure of the installation.
    if (!(end.reason instanceof Trouble) || end.reason.code === "interrupted") throw end.reason;
    tally.failures.push(end.reason.message);
  }
  // What is no longer waited for is to weigh on nothing that is measured after it.
  const canceled = await cancelOpen(target);
  const p99 = percentile(tally.took, 0.99);
  const met = tally.failures.length === 0 && !tally.limited && p99 <= targetMs;
  return {
    users,
    requests: tally.took.length,
    p99: Number.isNaN(p99) ? 0 : p99,
    failures: tally.failures.slice(0, FAILURES_KEPT),
    limited: tally.limited,
    canceled,
    met,
  };
}

async function visit(target: Target, orders: readonly Order[], { tally, again }: { tally: Tally; again: number }): Promise<void> {
  const counted = async (path: string, asking: Promise<HttpAnswered>): Promise<HttpAnswered> => {
    const answer = await asking;
    if (answer.status === 429) tally.limited = true;
    else if (answer.status < 200 || answer.status >= 300) tally.failures.push(troubleOf(target, path, answer).message);
    else {
      tally.took.push(answer.ms);
      return answer;
    }
    throw new Missed(path);
  };
  for (const one of orders) {
    if (tally.limited) return;
    const { id } = GenerationView.parse(jsonIn(await counted("/v1/generations", order(target, one, again))));
    const made = await untilEnded(target, id, (path) => counted(path, ask(target, path)));
    if (made.status !== "succeeded") tally.failures.push(`${id} ended as ${made.status}`);
    await counted(LIBRARY, ask(target, LIBRARY));
  }
}
