/** Messages, and those who take them. */
import { fork, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import type { Message, Queue } from "@cooly/engine/ports";
import { inherited } from "../../../../test/running-server.ts";
import { keep } from "../../../../test/servers/child.ts";
import type { QueueAddress } from "./ground.ts";

export const PATIENCE = { timeout: 45_000, interval: 50 };
const program = fileURLToPath(new URL("consumer-process.ts", import.meta.url));

export const newMessage = (attempt = 0): Message => ({ outputId: randomUUID(), attempt });
export const newMessages = (count: number): Message[] => Array.from({ length: count }, () => newMessage());
export const idOf = ({ outputId, attempt }: Message): string => `${outputId} ${attempt}`;

export interface Consumer {
  /** Every hand-over, in its order. */
  readonly seen: Message[];
  times(message: Message): number;
  saw(messages: readonly Message[]): Promise<void>;
  stop(): Promise<void>;
}

export function startConsumer(
  queue: Queue,
  { handle = async () => {}, concurrency = 8 }: { handle?: (message: Message) => Promise<void>; concurrency?: number } = {},
): Consumer {
  const seen: Message[] = [];
  const stopping = new AbortController();
  const consuming = queue.consume(
    (message) => {
      seen.push(message);
      return handle(message);
    },
    { concurrency, signal: stopping.signal },
  );
  return {
    seen,
    times: (message) => seen.filter((one) => idOf(one) === idOf(message)).length,
    async saw(messages) {
      await vi.waitFor(() => {
        const ids = new Set(seen.map(idOf));
        const missing = messages.filter((message) => !ids.has(idOf(message)));
        expect(missing).toEqual([]);
      }, PATIENCE);
    },
    async stop() {
      stopping.abort();
      await consuming;
    },
  };
}

/** A consumer that can be killed. Resolves with its first message. */
export function forkConsumer(
  address: QueueAddress,
  manner: "hold" | "answer" | "publish",
  environment: NodeJS.ProcessEnv = {},
): { child: ChildProcess; first: Promise<Message | { failed: string }> } {
  const options = { execArgv: ["--disable-warning=ExperimentalWarning"], env: { ...inherited, ...environment } };
  const child = keep(fork(program, [JSON.stringify(address), manner], options));
  return { child, first: once(child, "message").then(([message]) => message as Message | { failed: string }) };
}

export async function untilEmpty(queue: Queue): Promise<void> {
  await vi.waitFor(async () => expect((await queue.depth()).waiting).toBe(0), PATIENCE);
}
