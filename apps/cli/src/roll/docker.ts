/** What a roll asks of Docker, in words that Compose 1.29 and 2 both take. */
import { resolve } from "node:path";
import type { Health, Standing } from "@cooly/topology";
import { z } from "zod";
import type { Ran, World } from "../command.ts";
import { RollError } from "./roll-error.ts";

export interface ComposeOptions {
  readonly file: string;
  readonly envFile?: string | undefined;
  readonly project?: string | undefined;
  readonly profiles: readonly string[];
}

export interface Docker {
  compose(...args: readonly string[]): Promise<Ran>;
  docker(...args: readonly string[]): Promise<Ran>;
}

/** Finds out which Compose there is, and whether Docker answers at all. */
export async function reachDocker(options: ComposeOptions, world: World): Promise<Docker> {
  const docker: Docker["docker"] = (...args) => world.run("docker", args);
  const server = await docker("version", "--format", "{{.Server.Version}}");
  if (server.code === 127) throw new RollError("no_docker", "there is no docker on this machine: run this where the containers are");
  if (server.code !== 0) throw new RollError("no_docker", `Docker does not answer: ${lastLines(server, 3)}`);
  const plugin = await docker("compose", "version");
  const [program, ...first] = plugin.code === 0 ? ["docker", "compose"] : ["docker-compose"];
  if (plugin.code !== 0 && (await world.run("docker-compose", ["version"])).code !== 0)
    throw new RollError("no_compose", "there is neither `docker compose` nor `docker-compose`: install Docker's Compose plugin");
  const { file, envFile, project, profiles } = options;
  // Compose 1.29 and 2 look for a relative file in different folders.
  const chosen = [
    "-f",
    resolve(file),
    ...(envFile === undefined ? [] : ["--env-file", resolve(envFile)]),
    ...(project === undefined ? [] : ["-p", project]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
  return { docker, compose: (...args) => world.run(program!, [...first, ...chosen, ...args]) };
}

const Inspected = z.array(
  z.object({
    Id: z.string(),
    Created: z.string(),
    Image: z.string(),
    State: z.object({ Status: z.string(), Health: z.object({ Status: z.string() }).nullish() }),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  }),
);

const LABEL = "com.docker.compose";
const HEALTH: Readonly<Record<string, Health>> = { healthy: "healthy", starting: "starting", unhealthy: "unhealthy" };

/** The containers of some services, by service; what `run` made once is none of them. */
export async function lookAt(docker: Docker, services: readonly string[]): Promise<ReadonlyMap<string, readonly Standing[]>> {
  const listed = await succeed(docker.compose("ps", "-q", "-a", ...services), "the containers cannot be listed");
  const ids = listed.stdout.split(/\s+/).filter((word) => word !== "");
  const found = await inspect(docker, ids);
  const ours = found.filter(({ Config }) => Config.Labels?.[`${LABEL}.oneoff`]?.toLowerCase() !== "true");
  const byService = Map.groupBy(ours, ({ Config }) => Config.Labels?.[`${LABEL}.service`] ?? "");
  return new Map(services.map((service) => [service, (byService.get(service) ?? []).map(standingOf)]));
}

async function inspect(docker: Docker, ids: readonly string[]): Promise<z.infer<typeof Inspected>> {
  if (ids.length === 0) return [];
  const ran = await docker.docker("container", "inspect", ...ids);
  // One that went in between is not there any more: what was found is said all the same.
  if (ran.code !== 0 && !isGone(ran)) throw new RollError("docker_failed", `the containers cannot be looked at: ${lastLines(ran, 3)}`);
  return Inspected.parse(JSON.parse(ran.stdout || "[]"));
}

const standingOf = ({ Id, Created, Image, State, Config }: z.infer<typeof Inspected>[number]): Standing => ({
  id: Id,
  image: Image,
  mark: Config.Labels?.[`${LABEL}.config-hash`] ?? null,
  state: State.Status,
  health: HEALTH[State.Health?.Status ?? ""] ?? null,
  createdMs: Date.parse(Created),
});

export const isGone = ({ stderr }: Ran): boolean => /no such (container|object)|already in progress/i.test(stderr);

export async function succeed(running: Promise<Ran>, sentence: string): Promise<Ran> {
  const ran = await running;
  if (ran.code !== 0) throw new RollError("docker_failed", `${sentence}: ${lastLines(ran, 10)}`);
  return ran;
}

export const lastLines = ({ stdout, stderr }: Pick<Ran, "stdout" | "stderr">, count: number): string =>
  (stderr.trim() || stdout.trim()).split("\n").slice(-count).join("\n");
