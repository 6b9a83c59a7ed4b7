/** Services of one host -> a compose file that Docker Compose 1.29 and 2 both take. */
import { fill, type Hole } from "../schema/template.ts";
import type { ServiceEntry, Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

export interface ComposeFile {
  readonly path: string;
  readonly host: string;
  readonly header: string;
  /** Which file says what a missing variable is. */
  readonly example: string;
}

type Entry = Readonly<Record<string, unknown>>;

export function composeFile(topology: Topology, { path, host, header, example }: ComposeFile): RenderedFile {
  const services = topology.services.filter((service) => service.host === host);
  const used = new Set(services.flatMap(({ networks }) => networks));
  const kept = new Set(services.flatMap(({ volumes }) => volumes.map(({ volume }) => volume)));
  return yamlFile(path, `${header}\n\n${made(topology.kind)}`, {
    "x-cooly": { topology: topology.kind },
    services: Object.fromEntries(services.map((service) => [service.id, composeService(service, example)])),
    networks: Object.fromEntries(topology.networks.filter(({ id }) => used.has(id)).map(({ id, internal }) => [id, internal ? { internal } : {}])),
    volumes: Object.fromEntries(topology.volumes.filter(({ id }) => kept.has(id)).map(({ id }) => [id, {}])),
  });
}

/** Nested defaults mean something else to 1.29, so there are none. */
const interpolate =
  (example: string) =>
  ({ name, fallback }: Hole): string =>
    fallback === null ? `\${${name}:?is missing, see ${example}}` : `\${${name}:-${fallback}}`;

export const composeText = (template: string, example: string): string => fill(template.replaceAll("$", "$$$$"), interpolate(example));

function composeService(service: ServiceEntry, example: string): Entry {
  const write = (template: string): string => composeText(template, example);
  return {
    ...startOf(service, write),
    ...(service.profile !== undefined && { profiles: [service.profile] }),
    init: true,
    restart: service.kind === "task" ? "no" : "unless-stopped",
    ...confinementOf(service),
    environment: Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, write(value)])),
    ...placesOf(service),
    ...(service.networks.length > 0 ? { networks: service.networks } : { network_mode: "none" }),
    ...lifeOf(service, write),
    ...(service.limits && { deploy: { resources: { limits: { cpus: String(service.limits.processors), memory: `${service.limits.memoryMib}M` } } } }),
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
  };
}

function startOf({ image, build, entrypoint, command }: ServiceEntry, write: (template: string) => string): Entry {
  return {
    ...(image && { image: `\${${image.variable}:-${image.name}}` }),
    ...(build && { build: { context: write(build.context), dockerfile: build.dockerfile } }),
    ...(entrypoint && { entrypoint: entrypoint.map(write) }),
    ...(command && { command: command.map(write) }),
  };
}

const confinementOf = ({ user, readOnly, tmpfs, capabilities, devices }: ServiceEntry): Entry => ({
  ...(user !== undefined && { user }),
  ...(readOnly && { read_only: true }),
  ...(tmpfs.length > 0 && { tmpfs }),
  cap_drop: ["ALL"],
  ...(capabilities.length > 0 && { cap_add: capabilities }),
  ...(devices.length > 0 && { devices }),
  security_opt: ["no-new-privileges:true"],
});

const placesOf = ({ volumes, files, published }: ServiceEntry): Entry => ({
  ...(volumes.length + files.length > 0 && {
    volumes: [...volumes.map(({ volume, path }) => `${volume}:${path}`), ...files.map(({ file, path }) => `./${file}:${path}:ro`)],
  }),
  ...(published.length > 0 && { ports: published.map(({ port, to, reach }) => `${reach === "machine" ? "127.0.0.1:" : ""}${port}:${to}`) }),
});

function lifeOf({ health, after, stopSeconds }: ServiceEntry, write: (template: string) => string): Entry {
  const depends = after.map(({ service, until }) => [service, { condition: until === "done" ? "service_completed_successfully" : "service_healthy" }]);
  return {
    ...(health?.by === "command" && {
      healthcheck: { test: ["CMD", ...health.words.map(write)], interval: "10s", timeout: "5s", retries: 6, start_period: "60s" },
    }),
    ...(depends.length > 0 && { depends_on: Object.fromEntries(depends) as Entry }),
    stop_grace_period: `${stopSeconds}s`,
  };
}
