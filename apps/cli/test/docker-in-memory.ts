/** A Docker, a Compose, a proxy and a clock in memory, which can die before, in the middle of, or after any effect. */
import { FileExists, type Ran, type World } from "../src/command.ts";
import { unasked } from "./worlds.ts";

export class Death extends Error {}

export interface Vessel {
  readonly id: string;
  readonly service: string;
  readonly image: string;
  readonly mark: string;
  readonly createdMs: number;
  state: string;
  /** When its health check begins to say yes; null: never. */
  wellMs: number | null;
}

export interface Settings {
  readonly services: Readonly<Record<string, string>>;
  /** New containers of these never become healthy. */
  readonly broken?: readonly string[];
  readonly migrationFails?: boolean;
  /** Whether `docker compose` is there, else it is docker-compose 1.29. */
  readonly plugin?: boolean;
}

const PROXY_LAG_MS = 3_000;
const HEALTHY_AFTER_MS = 5_000;
const TICK_MS = 500;
const good = (stdout = ""): Ran => ({ code: 0, stdout, stderr: "" });
const bad = (stderr: string, code = 1): Ran => ({ code, stdout: "", stderr });
const hex = (count: number): string => count.toString(16).padStart(4, "0").repeat(16);

export class MemoryDocker {
  nowMs = Date.parse("2026-11-27T12:00:00Z");
  vessels: Vessel[] = [];
  readonly images = new Map([["server:1", "sha256:1"]]);
  readonly files = new Map<string, string>();
  readonly said: string[] = [];
  readonly commands: string[] = [];
  readonly wrong: string[] = [];
  effects = 0;
  /** At which effect to die, and when in it. */
  death: { readonly at: number; readonly when: "before" | "half" | "after" } | null = null;
  alive = new Set<number>();
  settings: Settings;
  image = "server:1";
  mark = "m1";
  migrations = 0;
  private readonly history = new Map<string, { fromMs: number; text: string }[]>();
  private processes = 100;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  add(service: string, more: Partial<Vessel> = {}): Vessel {
    const image = this.images.get(this.image)!;
    const made: Vessel = { id: hex(this.vessels.length + 0xa0), service, image, mark: this.mark, createdMs: this.nowMs, state: "running", wellMs: 0, ...more };
    this.vessels.push(made);
    return made;
  }

  put(path: string, text: string): void {
    this.files.set(path, text);
    this.history.set(path, [...(this.history.get(path) ?? []), { fromMs: this.nowMs, text }]);
  }

  of = (service: string): Vessel[] => this.vessels.filter((one) => one.service === service && one.state !== "removed");
  healthOf = ({ state, wellMs }: Vessel): string => (state === "running" && wellMs !== null && this.nowMs >= wellMs ? "healthy" : "starting");

  /** Whomever the proxy may ask at this moment must be there and well; it may have read the file only as it was a while ago. */
  watch(service: string): void {
    const versions = this.history.get(`traefik/${service}.yml`)!;
    const sinceMs = this.nowMs - PROXY_LAG_MS;
    const believed = versions.filter(({ fromMs }, index) => (versions[index + 1]?.fromMs ?? Infinity) > sinceMs && fromMs <= this.nowMs);
    for (const { text } of believed) {
      const name = /http:\/\/([^:]+):/.exec(text)![1]!;
      const asked = this.of(service).filter((one) => one.state === "running" && (name === service || one.id.startsWith(name)));
      if (asked.length === 0) this.wrong.push(`${name}: nobody answers`);
      for (const one of asked) if (this.healthOf(one) !== "healthy") this.wrong.push(`${name}: ${one.id.slice(0, 12)} is asked and not healthy`);
    }
  }

  private watchAll(): void {
    for (const path of this.history.keys()) this.watch(path.slice("traefik/".length, -".yml".length));
  }

  private effect(whole: () => void, half: () => void = () => undefined): void {
    this.effects += 1;
    const dies = this.death?.at === this.effects ? this.death.when : null;
    if (dies === "before") throw new Death();
    if (dies === "half") half();
    else whole();
    this.watchAll();
    if (dies !== null) throw new Death();
  }

  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= TICK_MS) {
      this.nowMs += Math.min(left, TICK_MS);
      this.watchAll();
    }
  }

  world(): World {
    const id = (this.processes += 1);
    this.alive = new Set([id]);
    return {
      ...unasked,
      process: { id, machine: "here" },
      isAlive: (other) => this.alive.has(other),
      now: () => new Date(this.nowMs),
      chance: (bytes) => new Uint8Array(bytes).fill(id),
      print: (line) => void this.said.push(line),
      complain: (line) => void this.said.push(line),
      readFile: async (path) => this.files.get(path) ?? null,
      removeFile: async (path) => void this.files.delete(path),
      wait: async (milliseconds) => {
        this.effect(() => this.pass(milliseconds));
      },
      writeFile: async (path, text, { fresh = false }) => {
        if (fresh && this.files.has(path)) throw new FileExists(path);
        this.effect(() => (path.endsWith(".yml") ? this.put(path, text) : this.files.set(path, text)));
      },
      run: async (program, args) => this.run(program, args),
    };
  }

  private run(program: string, args: readonly string[]): Ran {
    this.commands.push([program, ...args].join(" "));
    if (program === "docker-compose") return args[0] === "version" ? good("1.29.2") : this.compose(args);
    if (args[0] === "compose") {
      if (this.settings.plugin === false) return bad("docker: unknown command: docker compose");
      return args[1] === "version" ? good("2.40.0") : this.compose(args.slice(1));
    }
    return this.docker(args);
  }

  private compose(args: readonly string[]): Ran {
    const rest = [...args];
    while (rest[0]!.startsWith("-")) rest.splice(0, 2);
    const names = Object.keys(this.settings.services);
    switch (rest[0]) {
      case "config":
        return good(rest[1] === "--hash" ? names.map((name) => `${name} ${this.mark}`).join("\n") : this.composition(names));
      case "ps":
        return good(
          rest
            .slice(3)
            .flatMap((service) => this.of(service).map(({ id }) => id))
            .join("\n"),
        );
      case "run":
        this.effect(() => (this.migrations += 1));
        return this.settings.migrationFails ? bad("0042 waits for a lock") : good();
      case "up":
        return this.up(rest.at(-1)!, Number(/=(\d+)$/.exec(rest.at(-2)!)![1]));
      default:
        return bad(`unexpected: ${rest.join(" ")}`);
    }
  }

  private composition(names: readonly string[]): string {
    const services = names.map((name) => [
      name,
      { image: this.image, stop_grace_period: "30s", healthcheck: {}, ...JSON.parse(this.settings.services[name]!) },
    ]);
    return JSON.stringify({ services: Object.fromEntries(services) });
  }

  private up(service: string, count: number): Ran {
    const wellMs = this.settings.broken?.includes(service) ? null : this.nowMs + HEALTHY_AFTER_MS;
    const make = (state: string): void => {
      for (let left = count - this.of(service).length; left > 0; left -= 1) this.add(service, { state, wellMs });
    };
    this.effect(
      () => make("running"),
      () => make("created"),
    );
    return good();
  }

  private docker(args: readonly string[]): Ran {
    const [verb, noun] = args;
    const one = this.vessels.find(({ id, state }) => id === args.at(-1) && state !== "removed");
    if (verb === "version") return good("28.2.2");
    if (verb === "image") {
      const id = this.images.get(args[2]!);
      return id === undefined ? bad("No such image") : good(JSON.stringify([{ Id: id }]));
    }
    if (verb === "container" && noun === "inspect")
      return good(JSON.stringify(this.vessels.filter(({ id }) => args.includes(id)).map((vessel) => this.inspected(vessel))));
    if (verb === "logs") return good("listening\nno database\n");
    if (!one) return bad(`Error: No such container: ${args.at(-1)}`);
    if (verb === "stop") this.effect(() => (one.state = "exited"));
    else this.effect(() => (one.state = "removed"));
    return good();
  }

  private inspected(vessel: Vessel): object {
    return {
      Id: vessel.id,
      Created: new Date(vessel.createdMs).toISOString(),
      Image: vessel.image,
      State: { Status: vessel.state, Health: { Status: this.healthOf(vessel) } },
      Config: { Labels: { "com.docker.compose.service": vessel.service, "com.docker.compose.config-hash": vessel.mark, "com.docker.compose.oneoff": "False" } },
    };
  }
}
