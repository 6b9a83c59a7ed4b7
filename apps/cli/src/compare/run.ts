import type { World } from "../command.ts";
import { carriesMore, rowsOf, type Comparison, type Users } from "./comparison.ts";
import { cancelOpen, countOpen, introduce, Trouble, type Target } from "./installation.ts";
import { planLoad, PREFIX, sides, type LoadOptions, type Side } from "./load.ts";
import { measureRounds, type Targets } from "./rounds.ts";
import { measureUsers } from "./users.ts";

export interface RunOptions extends LoadOptions {
  readonly targetMs: number;
  readonly places: Readonly<Record<Side, { readonly url: string; readonly key: string }>>;
}

/** Throws Trouble; whatever was ordered and had not ended is canceled by then. */
export async function runComparison(world: World, options: RunOptions): Promise<Comparison> {
  const load = planLoad(options);
  const run = Buffer.from(world.chance(6)).toString("hex");
  const signal = world.interruption();
  const ordered = { a: 0, b: 0 };
  const target = (side: Side): Target => ({
    ...options.places[side],
    side,
    run,
    world: counting(world, () => (ordered[side] += 1)),
    signal,
    open: new Set(),
    unanswered: new Set(),
  });
  const targets = { a: target("a"), b: target("b") };
  const say = (line: string): void => world.progress(line);
  try {
    say("looking at both");
    const [a, b] = [await introduce(targets.a, load.ordersMost), await introduce(targets.b, load.ordersMost)];
    const rounds = await measureRounds(targets, load, say);
    const users = await measureUsers(targets, load, { targetMs: options.targetMs, say });
    const canceled = await cancelRest(targets, users, say);
    return {
      at: world.now().toISOString(),
      seed: options.seed,
      rounds: options.rounds,
      targetMs: options.targetMs,
      usersMax: options.usersMax,
      installations: { a: { url: targets.a.url, ...a }, b: { url: targets.b.url, ...b } },
      rows: rowsOf(rounds),
      users,
      carriesMore: carriesMore(users.a, users.b),
      ordered,
      canceled,
      left: { a: countOpen(targets.a), b: countOpen(targets.b) },
      prefix: `${PREFIX} ${options.seed}`,
    };
  } catch (error) {
    const canceled = await Promise.all(sides.map((side) => cancelOpen(targets[side])));
    if (error instanceof Trouble && error.code === "interrupted")
      throw new Trouble("interrupted", `Interrupted. Asked to cancel what had not ended: ${canceled[0]} at a, ${canceled[1]} at b.`, { cause: error });
    throw error;
  }
}

const TRIES = 3;

/** No load is left behind. With what was canceled at the end of each step: how many in all. */
async function cancelRest(targets: Targets, users: Readonly<Record<Side, Users>>, say: (line: string) => void): Promise<Record<Side, number>> {
  const canceled = async (side: Side): Promise<number> => {
    if (countOpen(targets[side]) > 0) say(`${side}: canceling what has not ended`);
    const rest = await cancelOpen(targets[side], { tries: TRIES });
    return users[side].steps.reduce((sum, step) => sum + step.canceled, rest);
  };
  const [a, b] = await Promise.all([canceled("a"), canceled("b")]);
  return { a, b };
}

const counting = (world: World, count: () => void): World => ({
  ...world,
  http: async (asked) => {
    const answer = await world.http(asked);
    if (answer.status === 202 && asked.url.endsWith("/v1/generations")) count();
    return answer;
  },
});
