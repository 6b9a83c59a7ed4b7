import { expect, test } from "vitest";
import { leadingTo, namedIn } from "./proxy-file.ts";
import { planProxied, planRoll, planWorker, type Step } from "./plan-roll.ts";
import type { ProxiedStanding, Standing } from "./standing.ts";
import { renderTopology } from "../render/index.ts";

const [OLD, NEXT, THIRD] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const wanted = { image: "sha256:2", mark: "m2", count: 1 };
const container = (id: string, more: Partial<Standing> = {}): Standing => ({
  id,
  image: "sha256:1",
  mark: "m1",
  state: "running",
  health: "healthy",
  createdMs: id.charCodeAt(0),
  ...more,
});
const current = { image: "sha256:2", mark: "m2" };
const stand = (named: string, ...containers: readonly Standing[]): ProxiedStanding => ({ service: "api", containers, wanted, named });
const short = (id: string): string => (id === "new" ? "new" : id[0]!);
const shown = (steps: readonly Step[]): string =>
  steps
    .map((step) => {
      if (step.act === "point") return `point ${short(step.at)}`;
      if (step.act === "await") return `await ${short(step.who)} ${step.otherwise}`;
      if (step.act === "remove") return `remove ${short(step.who)}${step.given === null ? "" : ` given ${short(step.given)}`}`;
      return step.act === "start" ? `start ${step.count}` : step.act;
    })
    .join(", ");
const at = (id: string): string => id.slice(0, 12);
const WHOLE = "point a, start 2, await new undo, point new, remove a given new, restore";

test.each<[string, ProxiedStanding, string]>([
  ["an old one", stand("api", container(OLD)), WHOLE],
  ["only what it is made from changed", stand("api", container(OLD, { image: "sha256:2" })), WHOLE],
  ["died after the file was pinned", stand(at(OLD), container(OLD)), WHOLE],
  [
    "died while the new one was made",
    stand(at(OLD), container(OLD), container(NEXT, { ...current, state: "created" })),
    `point a, remove b given a, ${WHOLE.slice(9)}`,
  ],
  [
    "died while the new one started",
    stand(at(OLD), container(OLD), container(NEXT, { ...current, health: "starting" })),
    "point a, await b undo, point b, remove a given b, restore",
  ],
  ["died when it was healthy", stand(at(OLD), container(OLD), container(NEXT, current)), "point b, remove a given b, restore"],
  ["died when the file was switched", stand(at(NEXT), container(OLD), container(NEXT, current)), "point b, remove a given b, restore"],
  ["died while the old one stopped", stand(at(NEXT), container(OLD, { state: "exited" }), container(NEXT, current)), "point b, remove a given b, restore"],
  ["died before the file was put back", stand(at(NEXT), container(NEXT, current)), "restore"],
  ["nothing to do", stand("api", container(NEXT, current)), ""],
  ["new, but not well yet", stand("api", container(NEXT, { ...current, health: "starting" })), "await b tell"],
  [
    "the machine was started again in the middle: nobody is well yet, and the old one stays until the new one is",
    stand("api", container(OLD, { health: "starting" }), container(NEXT, { ...current, health: "starting" })),
    "await b undo, point b, remove a given b, restore",
  ],
  [
    "a new one that is not well yet, beside one that is dead",
    stand(at(OLD), container(OLD, { state: "exited" }), container(NEXT, { ...current, health: "starting" })),
    "point b, remove a, restore, await b tell",
  ],
  ["the file names one that is gone", stand("0123456789ab", container(OLD)), WHOLE],
  ["a third one of before", stand("api", container(OLD), container(THIRD)), `point c, remove a given c, ${WHOLE.slice(9).replace("remove a", "remove c")}`],
  ["nothing runs", stand("api", container(OLD, { state: "exited" })), "remove a, start 1, await new tell"],
  ["nothing stands, and the file names what is gone", stand(at(OLD)), "restore, start 1, await new tell"],
  ["an unhealthy old one is all there is", stand("api", container(OLD, { health: "unhealthy" })), WHOLE],
  [
    "a new one that crashes",
    stand(at(OLD), container(OLD), container(NEXT, { ...current, state: "restarting" })),
    `point a, remove b given a, ${WHOLE.slice(9)}`,
  ],
])("behind the proxy: %s", (_, standing, steps) => {
  expect(shown(planProxied(standing))).toBe(steps);
});

test.each<[string, { containers: readonly Standing[]; count: number }, string]>([
  ["old", { containers: [container(OLD)], count: 1 }, "remove a, start 1, await-all"],
  ["nothing to do", { containers: [container(OLD, current)], count: 1 }, ""],
  ["died between stop and start", { containers: [container(OLD, { state: "exited" })], count: 1 }, "remove a, start 1, await-all"],
  ["died before the start", { containers: [], count: 1 }, "start 1, await-all"],
  ["died while it started", { containers: [container(OLD, { ...current, health: "starting" })], count: 1 }, "await-all"],
  ["several, one by one", { containers: [container(OLD), container(NEXT)], count: 1 }, "remove a, start 2, await-all, remove b, start 2, await-all"],
  ["one of several is missing", { containers: [container(OLD, current)], count: 2 }, "start 2, await-all"],
])("a worker: %s", (_, { containers, count }, steps) => {
  expect(shown(planWorker({ service: "gen", containers, wanted: { ...wanted, count } }))).toBe(steps);
});

test("the schema comes first, and not at all where nothing is rolled", () => {
  const done = { service: "gen", containers: [container(NEXT, current)], wanted };
  expect(planRoll({ proxied: [], workers: [done], migrate: "migrate" })).toEqual({ steps: [], unchanged: ["gen"] });
  const { steps, unchanged } = planRoll({ proxied: [stand("api", container(OLD))], workers: [done], migrate: "migrate" });
  expect([steps[0]!.act, steps[0]!.service, unchanged]).toEqual(["migrate", "migrate", ["gen"]]);
});

test("every step is a sentence's worth", () => {
  for (const { says } of planProxied(stand("api", container(OLD)))) expect(says.length).toBeGreaterThan(10);
});

test("of a rendered file one name is changed and put back, and nothing else", () => {
  const files = renderTopology("vps", {}).filter(({ path }) => /^traefik\/cooly-(api|frontend)\.yml$/.test(path));
  expect(files).toHaveLength(2);
  for (const { text, path } of files) {
    const service = path.replace(/^traefik\/(.*)\.yml$/, "$1");
    expect(namedIn(text)).toBe(service);
    const pinned = leadingTo(text, "0123456789ab");
    expect(namedIn(pinned)).toBe("0123456789ab");
    expect(pinned).toContain("url: http://0123456789ab:3000\n");
    expect(leadingTo(pinned, service)).toBe(text);
  }
});

test.each(["", "url: https://elsewhere", "- url: http://a:1\n- url: http://b:2"])("a file that names not exactly one is none of ours: %j", (text) => {
  expect(namedIn(text)).toBeNull();
});
