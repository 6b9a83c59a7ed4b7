/** Does what a plan says, a step at a time; whatever it finds otherwise is planned anew. */
import { isRunning, isWell, leadingTo, nameOf, namedIn, NEW, planProxied, planWorker, type ProxiedStanding, type Standing, type Step } from "@cooly/topology";
import type { Ran, World } from "../command.ts";
import { isGone, lastLines, lookAt, succeed, type Docker } from "./docker.ts";
import type { Lock } from "./lock.ts";
import { RollError } from "./roll-error.ts";
import type { Named, Asked } from "./wanted.ts";

/** Traefik looks at its files at most every 2 s (providersThrottleDuration), and takes a moment to put what it read to use. */
const PROXY_READS_MS = 4_000;
const LOOK_MS = 1_000;
const LOG_LINES = 20;
const PLANS = 3;
const MODE = 0o644;

export interface Site {
  readonly world: World;
  readonly docker: Docker;
  readonly named: Named;
  readonly wanted: ReadonlyMap<string, Asked>;
  /** The folder that the proxy reads. */
  readonly proxy: string;
  readonly deadlineSeconds: number;
}

export interface Run extends Site {
  readonly lock: Lock;
  say(step: Step): void;
}

/** What is found is not what the plan began with. */
class Surprise extends Error {}

export const proxyFile = ({ proxy }: Pick<Site, "proxy">, service: string): string => `${proxy}/${service}.yml`;

export async function standOf(site: Site, service: string): Promise<ProxiedStanding> {
  const { docker, wanted, named } = site;
  const containers = (await lookAt(docker, [service])).get(service)!;
  return { service, containers, wanted: wanted.get(service)!, named: named.proxied.includes(service) ? await readNamed(site, service) : service };
}

async function readNamed(site: Site, service: string): Promise<string> {
  const path = proxyFile(site, service);
  const text = await site.world.readFile(path);
  if (text === null) throw new RollError("no_proxy_file", `there is no ${path}: --proxy is the folder that the proxy reads, with a file for each service`);
  const found = namedIn(text);
  if (found === null) throw new RollError("strange_proxy_file", `${path} does not hold one line \`url: http://NAME:PORT\`; render it again`);
  return found;
}

export async function migrate({ docker, lock, say }: Run, step: Step): Promise<void> {
  await lock.hold();
  say(step);
  await succeed(docker.compose("run", "--rm", "--no-deps", "-T", step.service), `${step.service} failed, and nothing was rolled`);
}

/** Answers how many steps it took. */
export async function rollOne(run: Run, service: string): Promise<number> {
  const plan = run.named.proxied.includes(service) ? planProxied : planWorker;
  let taken = 0;
  for (let plans = 0; plans < PLANS; plans += 1) {
    const { count, surprised } = await takeSteps(run, plan(await standOf(run, service)));
    taken += count;
    if (!surprised) return taken;
  }
  throw new RollError("unsteady", `${service} was found otherwise than it was left, ${PLANS} times: does something else start or stop its containers?`);
}

async function takeSteps(run: Run, steps: readonly Step[]): Promise<{ count: number; surprised: boolean }> {
  const made: Made = { id: null };
  let count = 0;
  try {
    for (const step of steps) {
      await run.lock.hold();
      run.say(step);
      await take(run, step, made);
      count += 1;
    }
  } catch (error) {
    if (!(error instanceof Surprise)) throw error;
    return { count, surprised: true };
  }
  return { count, surprised: false };
}

interface Made {
  id: string | null;
}

async function take(run: Run, step: Step, made: Made): Promise<void> {
  const { service } = step;
  const idOf = (who: string): string => (who === NEW ? made.id! : who);
  switch (step.act) {
    case "migrate":
      return migrate(run, step);
    case "point":
      await write(run, service, nameOf(idOf(step.at)));
      return run.world.wait(PROXY_READS_MS);
    case "start":
      made.id = await start(run, service, step.count);
      return;
    case "await":
      return awaitOne(run, service, { id: idOf(step.who), undo: step.otherwise === "undo" });
    case "await-all":
      for (const { id } of (await standOf(run, service)).containers) await awaitOne(run, service, { id, undo: false });
      return;
    case "remove": {
      const { containers } = await standOf(run, service);
      const given = step.given === null ? null : idOf(step.given);
      if (given !== null && !containers.some((container) => container.id === given && isWell(container))) throw new Surprise();
      return remove(run, service, step.who);
    }
    case "restore":
      return restore(run, service);
  }
}

async function write(run: Run, service: string, name: string): Promise<void> {
  const path = proxyFile(run, service);
  await readNamed(run, service);
  // Written beside it and renamed: the proxy never reads half of it, and skips names that do not end in .yml.
  await run.world.writeFile(path, leadingTo((await run.world.readFile(path))!, name), { mode: MODE });
}

/** The service's name leads to each container of it that runs, so there must be no second one. */
async function restore(run: Run, service: string): Promise<void> {
  if ((await standOf(run, service)).containers.filter(isRunning).length > 1) throw new Surprise();
  await write(run, service, service);
}

async function start(run: Run, service: string, count: number): Promise<string | null> {
  const before = new Set((await standOf(run, service)).containers.map(({ id }) => id));
  const ran = await run.docker.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", `${service}=${count}`, service);
  const fresh = (await standOf(run, service)).containers.filter(({ id }) => !before.has(id));
  if (ran.code !== 0) {
    if (run.named.proxied.includes(service)) await giveUp(run, service, fresh);
    throw new RollError("not_started", `${service} did not start: ${lastLines(ran, LOG_LINES)}`);
  }
  if (!run.named.proxied.includes(service)) return null;
  if (fresh.length !== 1) throw new Surprise();
  return fresh[0]!.id;
}

async function awaitOne(run: Run, service: string, { id, undo }: { id: string; undo: boolean }): Promise<void> {
  const untilMs = run.world.now().getTime() + run.deadlineSeconds * 1000;
  for (;;) {
    const found = (await standOf(run, service)).containers.find((container) => container.id === id);
    const why = troubleOf(found, { undo, late: run.world.now().getTime() >= untilMs });
    if (why === null) return;
    if (why !== "not yet") return fail(run, service, { id, undo, why: why.replace("DEADLINE", `${run.deadlineSeconds} s`) });
    await run.world.wait(LOOK_MS);
  }
}

/** Null: it is well. */
function troubleOf(found: Standing | undefined, { undo, late }: { undo: boolean; late: boolean }): string | null {
  if (found === undefined) return "is gone";
  if (found.health === null && undo && isRunning(found)) return "has no health check";
  if (isWell(found)) return null;
  if (found.state === "exited" || found.state === "dead") return "ended";
  if (found.health === "unhealthy") return "is unhealthy";
  return late ? "was not healthy within DEADLINE" : "not yet";
}

async function fail(run: Run, service: string, { id, undo, why }: { id: string; undo: boolean; why: string }): Promise<never> {
  const log = await run.docker.docker("logs", "--tail", String(LOG_LINES), id);
  if (undo) await giveUp(run, service, [{ id }]);
  const after = undo ? "It was removed, and the one before goes on answering." : "There is no other one to go back to.";
  throw new RollError("not_healthy", [`${service}: the new container ${nameOf(id)} ${why}. ${after}`, ...tailOf(log)].join("\n"));
}

const tailOf = ({ stdout, stderr }: Ran): readonly string[] => {
  const lines = `${stdout}${stderr}`.trim().split("\n").slice(-LOG_LINES);
  return lines.join("") === "" ? [] : ["Its last lines:", ...lines.map((line) => `  ${line}`)];
};

async function giveUp(run: Run, service: string, fresh: readonly { readonly id: string }[]): Promise<void> {
  for (const { id } of fresh) await remove(run, service, id);
  try {
    await restore(run, service);
  } catch (error) {
    if (!(error instanceof Surprise)) throw error;
  }
}

async function remove({ docker, wanted }: Run, service: string, id: string): Promise<void> {
  const stopped = await docker.docker("stop", "-t", String(wanted.get(service)!.stopSeconds), id);
  if (stopped.code !== 0 && !isGone(stopped)) throw new RollError("docker_failed", `${service}: ${nameOf(id)} does not stop: ${lastLines(stopped, 3)}`);
  const removed = await docker.docker("rm", "-f", id);
  if (removed.code !== 0 && !isGone(removed)) throw new RollError("docker_failed", `${service}: ${nameOf(id)} is not removed: ${lastLines(removed, 3)}`);
}
