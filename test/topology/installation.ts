/** An installation behind names and TLS, as those who use it see it, and as its operator does. */
import { X509Certificate, createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { must } from "./docker.ts";
import { DOMAIN, root } from "./images.ts";
import { inspected, type Machine } from "./machine.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  /** What the JSON says; empty where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Caller {
  /** `url`: with the name, which is looked up nowhere. */
  call(url: string, options?: { readonly method?: string; readonly bearer?: string; readonly key?: string; readonly json?: unknown }): Promise<Reply>;
  close(): void;
}

export function createCaller(address: string, caFile: string): Caller {
  const lookup: LookupFunction = (_name, { all }, done) => (all ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
  const agent = new Agent({ ca: readFileSync(caFile), lookup, keepAlive: true, maxSockets: 64 });
  return {
    call: (url, { method, bearer, key, json } = {}) =>
      new Promise((resolve, reject) => {
        const headers = {
          ...(bearer && { authorization: `Bearer ${bearer}` }),
          ...(key && { "idempotency-key": key }),
          ...(json !== undefined && { "content-type": "application/json" }),
        };
        const asked = request(url, { agent, method: method ?? (json === undefined ? "GET" : "POST"), headers, timeout: 30_000 }, (reply) => {
          const parts: Buffer[] = [];
          reply.on("data", (part: Buffer) => parts.push(part));
          reply.on("error", reject);
          reply.on("end", () => {
            const bytes = Buffer.concat(parts);
            const isJson = String(reply.headers["content-type"]).includes("json");
            resolve({ status: reply.statusCode!, headers: reply.headers, bytes, body: isJson ? (JSON.parse(bytes.toString()) as Reply["body"]) : {} });
          });
        });
        asked.once("timeout", () => asked.destroy(new Error(`${url} said nothing for 30 seconds`)));
        asked.once("error", reject);
        asked.end(json === undefined ? undefined : JSON.stringify(json));
      }),
    close: () => agent.destroy(),
  };
}

const API = `https://api.${DOMAIN}`;
const ENDED_MS = 120_000;

/** Answers its id. */
export async function order({ call }: Caller, bearer: string, { outputs = 1, size = "512x512" } = {}): Promise<string> {
  const json = { model: "demo/painter", input: { prompt: "A lighthouse at dusk", size }, outputs };
  const { status, body } = await call(`${API}/v1/generations`, { bearer, json, key: randomUUID() });
  if (status !== 202) throw new Error(`an order was answered with ${status}: ${JSON.stringify(body)}`);
  return String(body["id"]);
}

export interface Ended {
  readonly status: string;
  readonly outputs: readonly { readonly status: string; readonly download_url?: string }[];
}

export async function endedGeneration({ call }: Caller, bearer: string, id: string): Promise<Ended> {
  const lastMs = performance.now() + ENDED_MS;
  for (;;) {
    const { body } = await call(`${API}/v1/generations/${id}`, { bearer });
    if (["succeeded", "failed", "partial", "cancelled"].includes(String(body["status"]))) return body as unknown as Ended;
    if (performance.now() > lastMs) throw new Error(`${id} has not ended: ${JSON.stringify(body)}`);
    await sleep(300);
  }
}

/** Flags by which a browser finds the names at this address and takes this certificate for them, and no other. */
export function browserFlags(address: string, domain: string, certificate: string): readonly string[] {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  const hash = createHash("sha256").update(key).digest("base64");
  return [`--host-resolver-rules=MAP *${domain} ${address}`, `--ignore-certificate-errors-spki-list=${hash}`];
}

/** The operator's tool of this clone, on this machine. */
export const cooly = (...words: readonly string[]): Promise<string> => coolyAt({}, ...words);

export const coolyAt = (env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<string> =>
  must(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "apps/cli/src/main.ts"), ...words], { env });

/** What `cooly env init` writes, without the lines that a person has to fill in. */
export async function initialised(kind: string, words: readonly string[]): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "cooly-variables-"));
  await cooly("env", "init", kind, ...words, "--out", join(folder, "made"));
  const lines = (await readFile(join(folder, "made"), "utf8")).split("\n");
  await rm(folder, { recursive: true });
  return Object.fromEntries(lines.flatMap((line) => [/^([A-Z]\w*)=(.+)$/.exec(line)?.slice(1, 3) ?? []]).filter(({ length }) => length > 0));
}

/** Adds to a rendered file what a name server and the world's authorities do elsewhere. `hosts`: as `name:address`. */
export async function settle(
  file: string,
  caFile: string,
  { hosts, services }: { readonly hosts: readonly string[]; readonly services: readonly string[] },
): Promise<void> {
  const compose = parse(await readFile(file, "utf8")) as {
    services: Record<string, { environment: Record<string, string>; volumes?: string[]; extra_hosts?: readonly string[] }>;
  };
  for (const name of services) {
    const service = compose.services[name]!;
    const volumes = [...(service.volumes ?? []), "./ca.pem:/run/ca.pem:ro"];
    compose.services[name] = { ...service, extra_hosts: hosts, volumes, environment: { ...service.environment, NODE_EXTRA_CA_CERTS: "/run/ca.pem" } };
  }
  await Promise.all([writeFile(file, stringify(compose, { aliasDuplicateObjects: false, version: "1.1" })), copyFile(caFile, join(dirname(file), "ca.pem"))]);
}

/** A folder of `deploy/` (null: as it stands), as an operator has it on a machine, with its file of variables filled in. */
export async function layOut(
  kind: string | null,
  target: string,
  variables: { readonly file: string; readonly given: Readonly<Record<string, string>> },
): Promise<void> {
  if (kind !== null) await cp(join(root, "deploy", kind), target, { recursive: true });
  const file = join(target, variables.file);
  const kept = (await readFile(file, "utf8").catch(() => "")).split("\n");
  const given = Object.entries(variables.given);
  const others = kept.filter((line) => !given.some(([name]) => line.startsWith(`${name}=`)));
  await writeFile(file, `${[...others, ...given.map(([name, value]) => `${name}=${value}`)].join("\n")}\n`, { mode: 0o600 });
}

export interface Standing {
  readonly id: string;
  readonly service: string;
  readonly image: string;
  readonly state: string;
  readonly health: string;
  readonly pid: number;
  readonly restarts: number;
}

export async function standing({ engine }: Machine): Promise<readonly Standing[]> {
  const ids = (await engine.docker("ps", "--all", "--quiet", "--no-trunc")).split("\n").filter(Boolean);
  return (await inspected(engine, ids)).map(({ Id, Config, State, RestartCount }) => ({
    id: Id,
    service: Config.Labels["com.docker.compose.service"] ?? "",
    image: Config.Image,
    state: State.Status,
    health: State.Health?.Status ?? "none",
    pid: State.Pid,
    restarts: RestartCount,
  }));
}

/** Until each container that is to stay is healthy. */
export async function untilHealthy(machine: Machine, { seconds = 180, once = [] as readonly string[] } = {}): Promise<void> {
  const lastMs = performance.now() + seconds * 1_000;
  for (;;) {
    const containers = await standing(machine);
    const unwell = containers.filter(
      ({ service, state, health }) => !(once.includes(service) ? state === "exited" : state === "running" && ["healthy", "none"].includes(health)),
    );
    if (containers.length > 0 && unwell.length === 0) return;
    if (performance.now() > lastMs) throw new Error(`not healthy: ${await describe(machine, unwell)}`);
    await sleep(500);
  }
}

async function describe({ engine }: Machine, unwell: readonly Standing[]): Promise<string> {
  const parts = unwell.map(async ({ id, service, state, health }) => {
    const { stdout, stderr } = await engine.tried("logs", "--tail", "30", id);
    return `${service} is ${state}, ${health}\n${stdout}${stderr}`;
  });
  return (await Promise.all(parts)).join("\n");
}

/** As if its memory had run out: nobody told Docker to stop it. */
export async function pullThePlug(machine: Machine, service: string): Promise<void> {
  const found = (await standing(machine)).find((one) => one.service === service)!;
  process.kill(found.pid, "SIGKILL");
}
