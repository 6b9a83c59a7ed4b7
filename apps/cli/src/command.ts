import type { z } from "zod";

/** What a command may do to the world; tests give another one. */
export interface World {
  /** A line for people, on stdout. */
  print(line: string): void;
  /** A line for people about what went wrong, on stderr. */
  complain(line: string): void;
  /** A line for people about how far something is; the next one takes its place. */
  progress(line: string): void;
  /** Asks a task of the server and gives its answer. */
  task(name: string, options: object, onProgress?: (progress: Readonly<Record<string, unknown>>) => void): Promise<Answer>;
  /** Becomes the server. Answers its exit code where the process could not be replaced. */
  server(args: readonly string[]): Promise<number>;
  readonly interactive: boolean;
  /** Null where there is no such file. */
  readFile(path: string): Promise<string | null>;
  /** Makes folders as need be. `fresh`: throws `FileExists` where there is one already. */
  writeFile(path: string, text: string, options: { readonly mode: number; readonly fresh?: boolean }): Promise<void>;
  /** So many bytes that nobody can guess. */
  chance(bytes: number): Uint8Array;
  now(): Date;
  /** Asks a person on the terminal. Null where there is none, or who gives up. `secret`: what is typed is not shown. */
  ask(question: string, options?: { readonly secret?: boolean }): Promise<string | null>;
  /** Its text files, with paths below it; nothing of what was installed or is history. */
  readFolder(folder: string): Promise<readonly { readonly path: string; readonly text: string }[]>;
  fetchText(address: string): Promise<string>;
  /** Asks a server and reads its whole answer, whatever its status. Throws where there is none in time, or `signal` ends it. */
  http(asked: HttpAsked): Promise<HttpAnswered>;
  /** Aborted by the first Ctrl-C or SIGTERM from now on; the second ends this process as usual. */
  interruption(): AbortSignal;
  /** Runs another program to its end; nothing is asked of it by stdin. Code 127 where there is no such program. */
  run(program: string, args: readonly string[]): Promise<Ran>;
  /** No file, no complaint. */
  removeFile(path: string): Promise<void>;
  wait(milliseconds: number): Promise<void>;
  /** This process, for others to see whether it lives. */
  readonly process: { readonly id: number; readonly machine: string };
  /** Whether a process of this machine has this number. */
  isAlive(id: number): boolean;
  /** A variable of this tool's own. */
  setting(name: string): string | undefined;
}

export interface HttpAsked {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Otherwise a redirect is an answer like others. */
  readonly follow?: boolean;
}

export interface HttpAnswered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the moment of asking until the last byte. */
  readonly ms: number;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class FileExists extends Error {}

export type Answer = { readonly ok: boolean; readonly code?: string; readonly message?: string; readonly exit?: number; readonly [member: string]: unknown };

export interface Command<Options extends z.ZodObject = z.ZodObject> {
  /** One or two words: `user add`. */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** Options that are given by place, in order; the last may take the rest with `...`. */
  readonly places: readonly string[];
  readonly options: Options;
  /** Exit code: 0 good, 1 the answer is no. */
  run(options: z.infer<Options> & { json: boolean }, world: World): Promise<number>;
}

export const command = <Options extends z.ZodObject>(declared: Command<Options>): Command => declared as unknown as Command;

/** Prints an answer: as it is for programs, in words for people. */
export function report(world: World, answer: Answer, { json, words }: { json: boolean; words: () => readonly string[] }): number {
  const { ok, exit, ...members } = answer;
  if (json) world.print(JSON.stringify(ok ? members : { error: members }));
  else if (ok) for (const line of words()) world.print(line);
  else world.complain(answer.message ?? "no");
  return ok ? 0 : (exit ?? 1);
}
