/** The short form of `npm run chaos`: the same rig, the same judge, less of everything. */
import { expect, test } from "vitest";
import { isKeptWithin, table } from "./figures.ts";
import { runChaos } from "./run.ts";
import { wish } from "../wish.ts";

const SEED = 12;
const MS = 25_000;
// Other tests run beside it: what has to be quick may take five times as long here, and not in the long form.
const PATIENCE = 5;

test("processes die, stop and restart, the database and the lines break: nothing is lost, charged twice or free", async () => {
  const seed = wish("CHAOS_SEED") ?? SEED;
  const said: string[] = [];
  const { figures, home } = await runChaos({
    seed,
    ms: MS,
    perSecond: 4,
    silent: 1,
    listenersEach: 2,
    patience: PATIENCE,
    say: (line) => void said.push(line),
  });
  const broken = figures.filter((figure) => !isKeptWithin(figure, PATIENCE));
  expect(broken, `CHAOS_SEED=${seed}, logs in ${home}\n${said.join("\n")}\n${table(figures)}`).toEqual([]);
}, 480_000);
