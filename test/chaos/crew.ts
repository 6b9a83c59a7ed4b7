/** Every role in processes of its own, and a supervisor that starts again what dies. */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { crewNames, type CrewName } from "./schedule.ts";

const root = join(import.meta.dirname, "../..");
const AGAIN_MS = 300;
const READY_MS = 60_000;
/** Their clocks are wrong by this much, each one's against its neighbour's. */
const CLOCK_MS = 3_600_000;

export interface CrewOptions {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  /** A database address that names whoever uses it. */
  readonly databaseUrl: (who: string) => string;
  readonly ports: ReadonlyMap<CrewName, number>;
}

export interface LogLine {
  readonly who: string;
  readonly atMs: number;
  readonly level: string;
  readonly event: string;
  readonly outputId?: string;
  readonly attempt?: number;
}

/** One end of one process. `itself`: nobody asked, and it had been ready. */
export interface Death {
  readonly who: string;
  readonly name: CrewName;
  readonly atMs: number;
  readonly why: "killed" | "asked" | "itself" | "not ready";
  readonly code: number | null;
  /** From the wish to the end. */
  readonly tookMs: number;
  backMs: number | null;
}

interface Wish {
  readonly why: "killed" | "asked";
  readonly atMs: number;
}

/** One place in the crew, whoever holds it just now. */
interface Member {
  readonly name: CrewName;
  who(): string;
  isReady(): boolean;
  ready(): Promise<void>;
  child(): ChildProcess | null;
  /** Resolves when it has ended. */
  leave(why: Wish["why"]): Promise<void>;
  close(): Promise<void>;
}

export interface Crew {
  readonly deaths: readonly Death[];
  readonly lines: readonly LogLine[];
  /** The name of its present life, as the database knows it. */
  who(name: CrewName): string;
  isReady(name: CrewName): boolean;
  ready(): Promise<void>;
  kill(name: CrewName): Promise<void>;
  /** SIGSTOP; the answer is SIGCONT. Whoever sleeps already is left to whoever stopped it. */
  pause(name: CrewName): () => void;
  /** SIGTERM to one that is ready, and the next one ready. */
  roll(name: CrewName): Promise<void>;
  close(): Promise<void>;
}

export function startCrew(options: CrewOptions): Crew {
  const told: Told = { deaths: [], lines: [] };
  const paused = new Set<ChildProcess>();
  mkdirSync(join(options.home, "log"), { recursive: true });
  const members = new Map(crewNames.map((name) => [name, openMember(name, options, told)]));
  const of = (name: CrewName): Member => members.get(name)!;
  return {
    ...told,
    who: (name) => of(name).who(),
    isReady: (name) => of(name).isReady(),
    ready: async () => void (await Promise.all([...members.values()].map((member) => within(member.ready())))),
    kill: (name) => of(name).leave("killed"),
    pause(name) {
      const child = of(name).child();
      if (!child || paused.has(child)) return () => undefined;
      paused.add(child);
      child.kill("SIGSTOP");
      return () => {
        paused.delete(child);
        child.kill("SIGCONT");
      };
    },
    async roll(name) {
      // One that only starts has nothing to hand over.
      await within(of(name).ready());
      await of(name).leave("asked");
      await within(of(name).ready());
    },
    async close() {
      for (const child of paused) child.kill("SIGCONT");
      await Promise.all([...members.values()].map((member) => member.close()));
    },
  };
}

interface Told {
  readonly deaths: Death[];
  readonly lines: LogLine[];
}

function openMember(name: CrewName, options: CrewOptions, told: Told): Member {
  const log = createWriteStream(join(options.home, "log", `${name}.log`));
  let [child, wish] = [null as ChildProcess | null, null as Wish | null];
  let [lives, isReady, isClosing] = [0, false, false];
  let ready = Promise.withResolvers<void>();
  const whoIsIt = (): string => `${name}#${lives}`;

  function begin(): void {
    lives += 1;
    wish = null;
    const who = whoIsIt();
    const started = spawnRole(name, options, who);
    child = started;
    createInterface({ input: started.stdout! }).on("line", (text) => hear(who, text));
    createInterface({ input: started.stderr! }).on("line", (text) => void log.write(`${who} ${text}\n`));
    started.once("exit", (code) => void end(code));
  }

  function hear(who: string, text: string): void {
    log.write(`${who} ${text}\n`);
    const line = parse(text);
    if (!line) return;
    told.lines.push({ ...line, who, atMs: Date.now() });
    if (line.event !== "process.ready" || whoIsIt() !== who) return;
    isReady = true;
    const death = told.deaths.findLast((one) => one.name === name);
    if (death) death.backMs ??= Date.now();
    ready.resolve();
  }

  async function end(code: number | null): Promise<void> {
    const atMs = Date.now();
    const why = wish?.why ?? (isReady ? "itself" : "not ready");
    told.deaths.push({ who: whoIsIt(), name, atMs, why, code, tookMs: wish ? atMs - wish.atMs : 0, backMs: null });
    child = null;
    // Whoever waits for one that never got ready waits for the next.
    if (isReady) ready = Promise.withResolvers();
    isReady = false;
    if (!isClosing && wish === null) await sleep(AGAIN_MS);
    if (!isClosing) begin();
  }

  async function leave(why: Wish["why"]): Promise<void> {
    if (!child) return;
    const ended = new Promise((resolve) => child!.once("exit", resolve));
    wish = { why, atMs: Date.now() };
    child.kill(why === "killed" ? "SIGKILL" : "SIGTERM");
    await ended;
  }

  begin();
  return {
    name,
    who: whoIsIt,
    isReady: () => isReady,
    ready: () => ready.promise,
    child: () => child,
    leave,
    async close() {
      isClosing = true;
      await leave("asked");
      log.end();
    },
  };
}

function spawnRole(name: CrewName, { environment, databaseUrl, ports }: CrewOptions, who: string): ChildProcess {
  const port = ports.get(name);
  const clockMs = crewNames.indexOf(name) % 2 === 0 ? CLOCK_MS : -CLOCK_MS;
  const env = { ...environment, DATABASE_URL: databaseUrl(who), CHAOS_CLOCK_MS: String(clockMs), ...(port !== undefined && { PORT: String(port) }) };
  const words = [
    "--disable-warning=ExperimentalWarning",
    "--import",
    join(import.meta.dirname, "skewed-clock.mjs"),
    "apps/server/src/main.ts",
    "serve",
    "--roles",
    name.replace(/-\d$/, ""),
  ];
  return spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
}

function parse(text: string): Omit<LogLine, "who" | "atMs"> | null {
  try {
    const { level, event, outputId, attempt } = JSON.parse(text) as LogLine;
    return { level, event, ...(outputId !== undefined && { outputId }), ...(attempt !== undefined && { attempt }) };
  } catch {
    return null;
  }
}

async function within(ready: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(READY_MS, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`a process was not ready within ${READY_MS / 1000} s`)),
    () => undefined,
  );
  await Promise.race([ready, late]);
  timer.abort();
}
