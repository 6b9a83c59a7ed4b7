/** Which processes each topology has, which roles they play, and where they run. */
import { roles, type RoleName } from "./variable.ts";

export const topologies = ["embedded", "local", "managed", "vps", "hybrid"] as const;
export type TopologyName = (typeof topologies)[number];

export interface ServiceEnvironment {
  readonly name: string;
  /** Of the server's image; none where it is another program. */
  readonly roles: readonly RoleName[];
  readonly host: string;
}

const server = (name: string, host: string, played: readonly RoleName[] = [name as RoleName]): ServiceEnvironment => ({ name, host, roles: played });
const other = (name: string, host: string): ServiceEnvironment => ({ name, host, roles: [] });
const workers: readonly RoleName[] = ["relay", "gen", "capture", "sweeper"];

export const servicesOf = {
  embedded: [server("cooly", "this machine", roles)],
  local: [
    other("postgres", "this machine"),
    other("redis", "this machine"),
    other("storage", "this machine"),
    other("frontend", "this machine"),
    server("server", "this machine", roles),
  ],
  managed: [other("frontend", "Vercel"), server("api", "Render"), server("gen", "Render"), server("keeper", "Render", ["relay", "capture", "sweeper"])],
  vps: [
    other("proxy", "the server"),
    other("postgres", "the server"),
    other("redis", "the server"),
    other("storage", "the server"),
    other("frontend", "the server"),
    ...roles.map((role) => server(role, "the server")),
  ],
  hybrid: [
    other("frontend", "Render"),
    server("api", "Render"),
    other("tunnel", "Render"),
    other("tunnel-vps", "the server"),
    other("proxy", "the server"),
    other("redis", "the server"),
    other("storage", "the server"),
    ...workers.map((role) => server(role, "the server")),
  ],
} as const satisfies Record<TopologyName, readonly ServiceEnvironment[]>;

export const servicesThatRead = (topology: TopologyName, read: readonly RoleName[]): readonly string[] =>
  (servicesOf[topology] as readonly ServiceEnvironment[]).filter((service) => service.roles.some((role) => read.includes(role))).map(({ name }) => name);
