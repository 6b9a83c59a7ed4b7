import { isRunning, planRoll, type Roll, type Step } from "@cooly/topology";
import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report, type World } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { reachDocker } from "../roll/docker.ts";
import { migrate, rollOne, standOf, type Run, type Site } from "../roll/execute.ts";
import { takeLock } from "../roll/lock.ts";
import { RollError } from "../roll/roll-error.ts";
import { readWanted, type Named } from "../roll/wanted.ts";

const names = (description: string) =>
  z
    .string()
    .optional()
    .meta({ description: `${description} Several with commas.` });
const split = (value: string | undefined): readonly string[] => (value ?? "").split(",").flatMap((name) => name.trim() || []);

const options = z.strictObject({
  file: z.string().meta({ description: "The compose file." }),
  envFile: z.string().optional().meta({ description: "Its variables." }),
  proxy: z.string().optional().meta({ description: "The folder that the proxy reads, with a file <service>.yml for each of --services." }),
  services: names("Services behind the proxy, in this order: not one request to them fails."),
  workers: names("Services that are replaced after these, one by one."),
  migrate: z.string().optional().meta({ description: "The service that brings the schema up to date; runs before anything is replaced." }),
  project: z.string().optional().meta({ description: "Compose's project, where it is not named for its folder." }),
  profile: names("Compose's profiles that are on."),
  deadlineSeconds: wholeNumber("How long a new container may take until it is healthy (180).", { min: 1, max: 3600 }).default(180),
  plan: z.boolean().optional().meta({ description: "Say what would be done, and do nothing." }),
});
type Chosen = z.infer<typeof options>;

export const deployRoll = command({
  name: "deploy roll",
  summary: "Replace the containers of a compose file by those of the images it names now, without a failed request. Safe to be run again, whatever stopped it.",
  example:
    "cooly deploy roll --file docker-compose.prod.yml --env-file .env.prod --proxy traefik --services cooly-api,cooly-frontend --workers cooly-gen --migrate cooly-migrate",
  places: [],
  options,
  async run({ json, ...chosen }, world) {
    const named = { proxied: split(chosen.services), workers: split(chosen.workers), migrate: chosen.migrate ?? null };
    if (named.proxied.length + named.workers.length === 0) throw new Misuse("--services or --workers says what is to be replaced");
    if (named.proxied.length > 0 && chosen.proxy === undefined) throw new Misuse("--proxy is missing: the folder that the proxy of --services reads");
    const twice = named.workers.find((service) => named.proxied.includes(service));
    if (twice !== undefined) throw new Misuse(`${twice} is in --services and in --workers`);
    try {
      return await (chosen.plan === true ? showPlan : roll)({ chosen, named, json }, world);
    } catch (error) {
      if (!(error instanceof RollError)) throw error;
      return report(world, { ok: false, code: error.code, message: error.message }, { json, words: () => [] });
    }
  },
});

interface Wish {
  readonly chosen: Chosen;
  readonly named: Named;
  readonly json: boolean;
}

const line = ({ service, says }: Step): string => `${service}: ${says}`;
const idle = (service: string): string => `${service}: is as wanted, nothing to do`;

async function showPlan(wish: Wish, world: World): Promise<number> {
  const { steps, unchanged } = await planFrom(await arrive(wish, world));
  const answer = { ok: true, steps: steps.map(({ service, act, says }) => ({ service, act, says })), unchanged };
  return report(world, answer, { json: wish.json, words: () => [...steps.map(line), ...unchanged.map(idle)] });
}

async function roll(wish: Wish, world: World): Promise<number> {
  await refuseMissing(wish, world);
  const lock = await takeLock(`${wish.chosen.file}.roll`, world);
  try {
    const site = await arrive(wish, world);
    const { steps, unchanged } = await planFrom(site);
    const done: string[] = [];
    const say = (step: Step): void => {
      done.push(line(step));
      if (!wish.json) world.print(line(step));
    };
    const run: Run = { ...site, lock, say };
    const [first] = steps;
    if (first?.act === "migrate") await migrate(run, first);
    const rolled: string[] = [];
    for (const service of [...wish.named.proxied, ...wish.named.workers]) {
      if ((await rollOne(run, service)) > 0) rolled.push(service);
      else if (!wish.json) world.print(idle(service));
    }
    return report(world, { ok: true, rolled, unchanged, steps: done }, { json: wish.json, words: () => [] });
  } finally {
    await lock.release();
  }
}

async function arrive({ chosen, named }: Wish, world: World): Promise<Site> {
  await refuseMissing({ chosen }, world);
  const { file, envFile, project, profile, proxy = "", deadlineSeconds } = chosen;
  const docker = await reachDocker({ file, envFile, project, profiles: split(profile) }, world);
  return { world, docker, named, proxy, deadlineSeconds, wanted: await readWanted(docker, named) };
}

async function refuseMissing({ chosen: { file, envFile } }: Pick<Wish, "chosen">, world: World): Promise<void> {
  for (const path of [file, ...(envFile === undefined ? [] : [envFile])])
    if ((await world.readFile(path)) === null) throw new RollError("no_such_file", `there is no ${path}`);
}

async function planFrom(site: Site): Promise<Roll> {
  const { proxied, workers, migrate: task } = site.named;
  const look = async (services: readonly string[]) => {
    const found = [];
    for (const service of services) found.push(await standOf(site, service));
    return found;
  };
  const [answering, working] = [await look(proxied), await look(workers)];
  if (![...answering, ...working].some(({ containers }) => containers.some(isRunning)))
    throw new RollError("nothing_runs", "none of these services runs, so there is nothing to take over from: start all with `docker compose ... up -d`");
  return planRoll({ proxied: answering, workers: working, migrate: task });
}
