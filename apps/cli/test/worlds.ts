/** Worlds for tests: one that may not be touched, and one whose files lie in memory. */
import { FileExists, type World } from "../src/command.ts";

const never = (what: string) => (): never => {
  throw new Error(`nobody was to ${what}`);
};

export const unasked: World = {
  interactive: false,
  print: () => undefined,
  complain: () => undefined,
  progress: () => undefined,
  task: never("ask a task"),
  server: never("become the server"),
  readFile: never("read a file"),
  writeFile: never("write a file"),
  readFolder: never("read a folder"),
  fetchText: never("fetch anything"),
  http: never("ask a server"),
  interruption: () => new AbortController().signal,
  run: never("run a program"),
  removeFile: never("remove a file"),
  wait: never("wait"),
  process: { id: 1, machine: "test" },
  isAlive: never("look for a process"),
  setting: () => undefined,
  chance: never("ask for chance"),
  now: () => new Date("2026-11-27T12:00:00Z"),
  ask: () => Promise.resolve(null),
};

export interface Told {
  readonly world: World;
  readonly printed: string[];
  readonly complained: string[];
  readonly files: Map<string, { text: string; secret: boolean }>;
}

/** Bytes that are each other's neighbours in no way that a test could rely on, and the same each time. */
export function countedChance(): World["chance"] {
  let state = 1;
  return (bytes) => Uint8Array.from({ length: bytes }, () => (state = (state * 16_807) % 2_147_483_647) & 0xff);
}

export function worldWith(files: Readonly<Record<string, string>> = {}, answers: readonly string[] = []): Told {
  const [printed, complained] = [[] as string[], [] as string[]];
  const held = new Map(Object.entries(files).map(([path, text]) => [path, { text, secret: false }]));
  const left = [...answers];
  const world: World = {
    ...unasked,
    interactive: answers.length > 0,
    print: (line) => void printed.push(line),
    complain: (line) => void complained.push(line),
    readFile: (path) => Promise.resolve(held.get(path)?.text ?? null),
    writeFile: (path, text, { mode, fresh = false }) => {
      if (fresh && held.has(path)) return Promise.reject(new FileExists(path));
      held.set(path, { text, secret: (mode & 0o077) === 0 });
      return Promise.resolve();
    },
    chance: countedChance(),
    ask: () => Promise.resolve(left.shift() ?? null),
  };
  return { world, printed, complained, files: held };
}
