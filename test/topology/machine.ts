/** Machines on an internet of their own: each is a network namespace with an engine of Docker in it, and one address that the others see. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, keep } from "../servers/child.ts";
import { engineAt, must, spawned, type Engine, type Ended } from "./docker.ts";

/** For documentation, so nobody's (RFC 5737). */
const WORLD = "198.51.100";
export const TESTS = `${WORLD}.1`;
const WORLD_NETWORK = "cooly-world";
const BRIDGE = "world";
const READY_MS = 60_000;

export interface Machine {
  /** Also Compose's project. */
  readonly name: string;
  readonly address: string;
  readonly engine: Engine;
  /** In its network. */
  run(program: string, ...words: readonly string[]): Promise<string>;
  /** docker-compose in a folder. */
  compose(folder: string, ...words: readonly string[]): Promise<string>;
  composed(folder: string, ...words: readonly string[]): Promise<Ended>;
  /** Whether something answers it there. */
  reaches(address: string, port: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface RunningEngine {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** `network`: the namespace it lives in; without it, this machine's own. */
export async function startEngine(name: string, network?: string): Promise<RunningEngine> {
  const folder = await mkdtemp(join(tmpdir(), `cooly-${name}-`));
  const run = `/run/cooly-${name}-${process.pid}`;
  await mkdir(run, { recursive: true });
  const log = openSync(join(folder, "engine.log"), "w");
  const socket = join(run, "engine.sock");
  const words = ["--data-root", join(folder, "data"), "--exec-root", join(run, "exec"), "--pidfile", join(run, "pid"), "--host", `unix://${socket}`];
  // The names of networks' interfaces would be the same in each namespace, which is fine: they do not see each other.
  const [program, ...rest] = network ? ["nsenter", `--net=/run/netns/${network}`, "dockerd", ...words] : ["dockerd", ...words];
  const child = keep(spawn(program!, rest, { stdio: ["ignore", log, log], env: { ...process.env, PATH: `/usr/sbin:/sbin:${process.env["PATH"]}` } }));
  closeSync(log);
  const engine = engineAt(socket);
  await untilReady(engine, child, join(folder, "engine.log"));
  return {
    engine,
    async close() {
      const ids = (await engine.docker("ps", "--all", "--quiet")).split("\n").filter(Boolean);
      if (ids.length > 0) await engine.tried("rm", "--force", "--volumes", ...ids);
      await end(child, "SIGTERM");
      await Promise.all([rm(folder, { recursive: true, force: true }), rm(run, { recursive: true, force: true })]);
    },
  };
}

async function untilReady(engine: Engine, child: ChildProcess, log: string): Promise<void> {
  const lastMs = performance.now() + READY_MS;
  for (;;) {
    if ((await engine.tried("info")).code === 0) return;
    if (child.exitCode !== null || performance.now() > lastMs)
      throw new Error(`the engine of Docker did not start:\n${readFileSync(log, "utf8").slice(-3_000)}`);
    await sleep(200);
  }
}

/** `number`: the last part of its address. */
export async function startMachine(name: string, number: number): Promise<Machine> {
  const [network, address] = [`cooly-${name}`, `${WORLD}.${number}`];
  const [outer, inner] = [`cw-${name}`.slice(0, 15), "world"];
  // Of a run that was ended from outside.
  await Promise.all([spawned("ip", ["netns", "delete", network]), spawned("ip", ["-n", WORLD_NETWORK, "link", "delete", outer])]);
  await must("ip", ["netns", "add", network]);
  await must("ip", ["-n", WORLD_NETWORK, "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", network]);
  await must("ip", ["-n", WORLD_NETWORK, "link", "set", outer, "master", BRIDGE, "up"]);
  const inside = (...words: string[]): Promise<string> => must("ip", ["-n", network, ...words]);
  await inside("link", "set", "lo", "up");
  await inside("addr", "add", `${address}/24`, "dev", inner);
  await inside("link", "set", inner, "up");
  // Nothing is behind it, but who decides what is outside looks for a default route.
  await inside("route", "add", "default", "via", TESTS);
  const { engine, close } = await startEngine(name, network);
  const env = { DOCKER_HOST: `unix://${engine.socket}`, COMPOSE_PROJECT_NAME: name };
  return {
    name,
    address,
    engine,
    run: (program, ...words) => must("nsenter", [`--net=/run/netns/${network}`, program, ...words]),
    async reaches(to, port) {
      const script = `require("node:net").connect({host:"${to}",port:${port},timeout:${SILENT_MS}}).on("connect",()=>process.exit(0)).on("error",()=>process.exit(1)).on("timeout",()=>process.exit(1))`;
      return (await spawned("nsenter", [`--net=/run/netns/${network}`, process.execPath, "-e", script])).code === 0;
    },
    compose: (folder, ...words) => must("docker-compose", words, { cwd: folder, env }),
    composed: (folder, ...words) => spawned("docker-compose", words, { cwd: folder, env }),
    async close() {
      await close();
      await spawned("ip", ["netns", "delete", network]);
    },
  };
}

/** A bridge in a network of its own, where no engine's rules apply; the tests are one of those on it. */
export async function makeWorld(): Promise<void> {
  if ((await spawned("ip", ["netns", "exec", WORLD_NETWORK, "true"])).code === 0) return;
  await must("ip", ["netns", "add", WORLD_NETWORK]);
  await must("ip", ["-n", WORLD_NETWORK, "link", "add", BRIDGE, "type", "bridge"]);
  await must("ip", ["-n", WORLD_NETWORK, "link", "set", BRIDGE, "up"]);
  await must("ip", ["link", "add", "cw-tests", "type", "veth", "peer", "name", "tests", "netns", WORLD_NETWORK]);
  await must("ip", ["-n", WORLD_NETWORK, "link", "set", "tests", "master", BRIDGE, "up"]);
  await must("ip", ["addr", "add", `${TESTS}/24`, "dev", "cw-tests"]);
  await must("ip", ["link", "set", "cw-tests", "up"]);
}

/** Of what `docker inspect` says of a container, what is looked at here. */
export interface Inspected {
  readonly Id: string;
  readonly RestartCount: number;
  readonly Config: { readonly User: string; readonly Image: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Status: string; readonly Pid: number; readonly Health?: { readonly Status: string } };
  readonly HostConfig: Readonly<Record<string, unknown>> & {
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> };
  };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> };
}

export const inspected = async (engine: Engine, ids: readonly string[]): Promise<readonly Inspected[]> =>
  ids.length === 0 ? [] : (JSON.parse(await engine.docker("inspect", ...ids)) as Inspected[]);

/** With the link to it. */
export const endWorld = (): Promise<Ended> => spawned("ip", ["netns", "delete", WORLD_NETWORK]);

/** Takes images from one engine to another. */
export async function bring(from: Engine, to: Engine, images: readonly string[]): Promise<void> {
  const piped = `DOCKER_HOST=unix://${from.socket} /usr/bin/docker save ${images.join(" ")} | DOCKER_HOST=unix://${to.socket} /usr/bin/docker load`;
  await must("bash", ["-o", "pipefail", "-c", piped]);
}

const PORTS = 65_535;
const AT_ONCE = 1_000;
const SILENT_MS = 1_500;

/** Which ports answer whoever knocks from outside, of all there are. */
export async function openPorts(address: string): Promise<readonly number[]> {
  const open: number[] = [];
  let next = 1;
  const knock = (port: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: SILENT_MS });
      const done = (isOpen: boolean): void => {
        if (isOpen) open.push(port);
        socket.destroy();
        resolve();
      };
      socket
        .once("connect", () => done(true))
        .once("error", () => done(false))
        .once("timeout", () => done(false));
    });
  const work = async (): Promise<void> => {
    while (next <= PORTS) await knock(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return open.toSorted((a, b) => a - b);
}
