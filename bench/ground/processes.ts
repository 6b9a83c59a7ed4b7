/** Processes of a bench: each side and the load generator run in one of their own. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

export const nodeFlags = ["--disable-warning=ExperimentalWarning"];

/** A module of the bench as a process that answers each message with one. It ends when this process does. */
export const start = (module: string, args: readonly string[] = []): ChildProcess =>
  keep(fork(fileURLToPath(new URL(`../${module}`, import.meta.url)), args, { execArgv: nodeFlags, env: { NODE_ENV: "production", PATH: "/usr/bin:/bin" } }));

const alive = new Set<ChildProcess>();

/** Whatever becomes of the run, it does not outlive it. */
export function keep(child: ChildProcess): ChildProcess {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

export async function endAll(): Promise<void> {
  await Promise.all(
    [...alive].map((child) => {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      return exited;
    }),
  );
}

export function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(question);
  return answer;
}

export function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as Answer);
    });
  });
}

/** The other end: answers each message, and dies of what goes wrong with one. */
export function answer<Question, Answer>(act: (question: Question) => Promise<Answer>): void {
  process.on("message", (question: Question) => {
    act(question).then((reply) => process.send!(reply), die);
  });
  process.on("disconnect", () => process.exit(0));
}

export function die(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  else child.kill("SIGTERM");
  await exited;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
