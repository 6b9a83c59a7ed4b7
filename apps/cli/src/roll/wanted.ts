/** What the compose file asks for, as Compose reads it. */
import type { Wanted } from "@cooly/topology";
import { parse } from "yaml";
import { z } from "zod";
import { succeed, type Docker } from "./docker.ts";
import { RollError } from "./roll-error.ts";

const Service = z.object({
  image: z.string().optional(),
  ports: z.array(z.unknown()).nullish(),
  healthcheck: z.object({ disable: z.boolean().optional() }).nullish(),
  scale: z.number().optional(),
  deploy: z.object({ replicas: z.number().optional() }).nullish(),
  stop_grace_period: z.string().optional(),
});
const Composition = z.object({ services: z.record(z.string(), Service) });
const Image = z.array(z.object({ Id: z.string(), Config: z.object({ Healthcheck: z.unknown().optional() }).nullish() })).min(1);

export interface Asked extends Wanted {
  /** How long it may take to end. */
  readonly stopSeconds: number;
}

export interface Named {
  readonly proxied: readonly string[];
  readonly workers: readonly string[];
  readonly migrate: string | null;
}

export async function readWanted(docker: Docker, { proxied, workers, migrate }: Named): Promise<ReadonlyMap<string, Asked>> {
  const said = await succeed(docker.compose("config"), "Compose does not read the file");
  const { services } = Composition.parse(parse(said.stdout));
  const all = [...proxied, ...workers];
  for (const service of [...all, ...(migrate === null ? [] : [migrate])])
    if (!Object.hasOwn(services, service))
      throw new RollError("no_such_service", `the compose file has no service ${service}; it has ${Object.keys(services).join(", ")}`);
  const marks = await readMarks(docker);
  const wanted = new Map<string, Asked>();
  for (const service of all) {
    const { image, ports, healthcheck, scale, deploy, stop_grace_period: grace } = services[service]!;
    const count = deploy?.replicas ?? scale ?? 1;
    const { id, tells } = await readImage(docker, { service, image });
    if (proxied.includes(service)) {
      if (count !== 1) refuse(service, `is asked for ${count} times, and a roll moves one`);
      if ((ports ?? []).length > 0) refuse(service, "publishes a port, which two cannot do side by side; let the proxy alone be reached");
      if (healthcheck ? healthcheck.disable === true : !tells) refuse(service, "has no health check, so that nobody can say when a new one may be asked");
    }
    wanted.set(service, { image: id, mark: marks.get(service) ?? null, count, stopSeconds: secondsOf(grace) });
  }
  return wanted;
}

function refuse(service: string, why: string): never {
  throw new RollError("cannot_roll", `${service} ${why}`);
}

async function readMarks(docker: Docker): Promise<ReadonlyMap<string, string>> {
  const said = await succeed(docker.compose("config", "--hash", "*"), "Compose does not say what the services are made from");
  return new Map(said.stdout.split("\n").flatMap((line) => (/^\S+ \S+$/.test(line.trim()) ? [line.trim().split(" ") as [string, string]] : [])));
}

async function readImage(docker: Docker, { service, image }: { service: string; image: string | undefined }): Promise<{ id: string; tells: boolean }> {
  if (image === undefined) refuse(service, "names no image");
  const ran = await docker.docker("image", "inspect", image);
  if (ran.code !== 0) throw new RollError("no_image", `the image ${image} of ${service} is not on this machine: \`docker compose ... pull\` first`);
  const [found] = Image.parse(JSON.parse(ran.stdout));
  return { id: found!.Id, tells: Boolean(found!.Config?.Healthcheck) };
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 0, ns: 0 };
const DOCKERS_OWN_SECONDS = 10;

/** Of 1m30s. */
function secondsOf(grace: string | undefined): number {
  if (grace === undefined) return DOCKERS_OWN_SECONDS;
  const parts = [...grace.matchAll(/([\d.]+)(ms|us|ns|h|m|s)/g)];
  return Math.ceil(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0));
}
