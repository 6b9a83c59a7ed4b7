/** A compose file, in one form whichever of Compose's many it was written in. */
import { resolved } from "./interpolation.ts";

type Raw = Readonly<Record<string, unknown>>;

export interface Published {
  /** Null: on every address of the machine. */
  readonly address: string | null;
  /** Empty: any free one. */
  readonly port: string;
  readonly target: string;
}

export interface ComposeEntry {
  readonly name: string;
  readonly image: string | null;
  readonly built: boolean;
  /** Entry point and command, as words. */
  readonly words: readonly string[];
  /** The same as written, not filled in. */
  readonly written: string;
  /** As written, not filled in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly envFiles: readonly string[];
  readonly published: readonly Published[];
  /** Empty: none at all. */
  readonly networks: readonly string[];
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  readonly dependsOn: readonly { readonly service: string; readonly condition: string }[];
  readonly profiles: readonly string[];
  readonly user: string | null;
  readonly instances: number;
  readonly raw: Raw;
}

export interface ComposeModel {
  readonly path: string;
  /** Of ours, for developing: nobody else reaches it. */
  readonly isLocal: boolean;
  readonly services: readonly ComposeEntry[];
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly raw: Raw;
}

export const isRecord = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);
const record = (value: unknown): Raw => (isRecord(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);
const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "");
const filled = (value: unknown): string => resolved(text(value));

export function readCompose(path: string, raw: Raw): ComposeModel {
  return {
    path,
    raw,
    isLocal: record(raw["x-cooly"])["topology"] === "local",
    services: Object.entries(record(raw["services"])).map(([name, service]) => readService(name, record(service))),
    networks: record(raw["networks"]),
    volumes: record(raw["volumes"]),
  };
}

function readService(name: string, raw: Raw): ComposeEntry {
  const image = text(raw["image"]);
  return {
    name,
    raw,
    image: image === "" ? null : resolved(image),
    built: raw["build"] !== undefined,
    words: [...wordsOf(raw["entrypoint"]), ...wordsOf(raw["command"])],
    written: [raw["entrypoint"], raw["command"]].flatMap(list).map(text).join(" "),
    environment: environmentOf(raw["environment"]),
    envFiles: list(raw["env_file"]).map((file) => text(isRecord(file) ? file["path"] : file)),
    published: list(raw["ports"]).map(publishedOf),
    networks: networksOf(raw),
    mounts: list(raw["volumes"]).map(mountOf),
    dependsOn: dependsOf(raw["depends_on"]),
    profiles: list(raw["profiles"]).map(text),
    user: raw["user"] === undefined ? null : resolved(text(raw["user"])),
    instances: instancesOf(raw),
  };
}

const wordsOf = (value: unknown): readonly string[] => (typeof value === "string" ? value.split(/\s+/) : list(value).map(text)).map(resolved);

function environmentOf(value: unknown): Readonly<Record<string, string>> {
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([name, given]) => [name, given === null ? `\${${name}}` : text(given)]));
  return Object.fromEntries(
    list(value).map((entry) => {
      const [name = "", ...rest] = text(entry).split("=");
      return [name, rest.length === 0 ? `\${${name}}` : rest.join("=")];
    }),
  );
}

function publishedOf(value: unknown): Published {
  if (isRecord(value))
    return { address: value["host_ip"] === undefined ? null : filled(value["host_ip"]), port: filled(value["published"]), target: filled(value["target"]) };
  const [, address, rest] = /^(\[[^\]]*\](?=:)|\d+\.\d+\.\d+\.\d+(?=:))?:?(.*)$/.exec(resolved(text(value)).split("/")[0]!)!;
  const [first = "", second] = rest!.split(":");
  return { address: address ?? null, port: second === undefined ? "" : first, target: second ?? first };
}

/** 127.0.0.1 and its like: programs of the same machine alone. */
export const isLoopback = (address: string | null): boolean => address !== null && /^(127\.|\[?::1\]?$|localhost$)/.test(address);

function networksOf(raw: Raw): readonly string[] {
  const mode = text(raw["network_mode"]);
  if (mode === "none") return [];
  if (mode !== "") return [mode];
  const given = isRecord(raw["networks"]) ? Object.keys(raw["networks"]) : list(raw["networks"]).map(text);
  return given.length === 0 ? ["default"] : given;
}

function mountOf(value: unknown): ComposeEntry["mounts"][number] {
  if (isRecord(value)) return { source: filled(value["source"]), target: filled(value["target"]) };
  const [source = "", target] = resolved(text(value)).split(":");
  return target === undefined ? { source: "", target: source } : { source, target };
}

function dependsOf(value: unknown): ComposeEntry["dependsOn"] {
  if (isRecord(value)) return Object.entries(value).map(([service, how]) => ({ service, condition: text(record(how)["condition"]) || "service_started" }));
  return list(value).map((service) => ({ service: text(service), condition: "service_started" }));
}

function instancesOf(raw: Raw): number {
  const said = filled(record(raw["deploy"])["replicas"] ?? raw["scale"]);
  return /^\d+$/.test(said) ? Number(said) : 1;
}

/** Which program it is, by its image and its command. */
export function isA(service: ComposeEntry, kind: "postgres" | "redis" | "s3" | "proxy"): boolean {
  const image = (service.image ?? "").toLowerCase();
  const said = service.words.join(" ");
  switch (kind) {
    case "postgres":
      return /(^|\/)(postgres|postgresql|postgis|pgvector|timescaledb)([:@/]|$)/.test(image);
    case "redis":
      return /(^|\/)(redis|valkey|keydb|dragonfly)([:@/]|$)/.test(image) || /\b(redis|valkey)-server\b/.test(said);
    case "s3":
      return /minio|garage|seaweedfs|rustfs|silo/.test(image);
    case "proxy":
      return /(^|\/)(traefik|caddy|nginx|haproxy)([:@]|$)/.test(image);
  }
}

/** What keeps things: nothing of these is meant for the internet. */
export const isStore = (service: ComposeEntry): boolean => isA(service, "postgres") || isA(service, "redis") || isA(service, "s3");
