/** For each topology, the variables of its files that are no variables of ours, and where their values come from. */
import type { TopologyKind } from "../schema/topology.ts";
import type { Setting } from "./setting.ts";

export interface EnvironmentOptions {
  readonly domain?: string;
  readonly store?: "garage" | "seaweedfs" | "external";
}

type Given = Omit<Setting, "name" | "services">;

const names = {
  DOMAIN: { from: "asked", says: "The studio's name.", example: "cooly.example.com" },
  API_DOMAIN: { from: "derived", says: "The API's name." },
  MEDIA_DOMAIN: { from: "derived", says: "The name under which browsers fetch media." },
  CONSOLE_DOMAIN: { from: "derived", says: "The name of the S3 server's own pages, where it has some." },
  ACME_EMAIL: { from: "asked", says: "Who hears of certificates that are about to end.", example: "you@example.com" },
} as const satisfies Readonly<Record<string, Given>>;

const secrets = {
  AUTH_SECRET: { from: "generated", says: "Signs sessions, quotes and media links; the same in every process, wherever it runs." },
  POSTGRES_PASSWORD: { from: "generated", says: "The database's password." },
  REDIS_PASSWORD: { from: "generated", says: "Redis' password." },
  GARAGE_RPC_SECRET: { from: "generated", says: "What Garage's nodes know each other by: 64 hexadecimal digits." },
  GARAGE_ADMIN_TOKEN: { from: "generated", says: "Opens Garage's own API." },
} as const satisfies Readonly<Record<string, Given>>;

const storeKey = {
  S3_ACCESS_KEY_ID: { from: "generated", says: "The key of the processes; the S3 server is given the same. For Garage: GK and 24 hexadecimal digits." },
  S3_SECRET_ACCESS_KEY: { from: "generated", says: "Its secret; for Garage 64 hexadecimal digits." },
} as const satisfies Readonly<Record<string, Given>>;

export function environmentOf(topology: TopologyKind, { store }: EnvironmentOptions = {}): readonly Setting[] {
  const hasStore = (store ?? (topology === "vps" ? "garage" : "external")) !== "external";
  const given: Readonly<Record<string, Given>> = { ...names, ...secrets, ...(hasStore && storeKey) };
  return Object.entries(given).map(([name, setting]) => ({ name, services: [], ...setting }));
}
