import { Worker } from "node:worker_threads";
import type { Order, Reply } from "./worker.ts";

const IDLE_MS = 20_000;

interface Task {
  readonly order: Order;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
  readonly resolve: (made: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

export class OrderUnusable extends Error {
  override name = "OrderUnusable";
}

export interface Pool {
  /** Rejects with `OrderUnusable` where no other try can do better. */
  make(order: Order, options: { signal: AbortSignal; onProgress: (share: number) => void }): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Threads are started when there is something to make, and ended when there has been nothing for a while. */
export function createPool(threads: number): Pool {
  const waiting: Task[] = [];
  const idle = new Map<Worker, NodeJS.Timeout>();
  const all = new Set<Worker>();

  function next(): void {
    const task = waiting[0];
    if (!task) return;
    const rested = [...idle.keys()][0];
    if (!rested && all.size >= threads) return;
    waiting.shift();
    if (task.signal.aborted) {
      task.reject(task.signal.reason);
      return next();
    }
    run(rested ?? hire(), task);
  }

  function hire(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    worker.unref();
    all.add(worker);
    worker.once("exit", () => {
      all.delete(worker);
      rouse(worker);
      next();
    });
    return worker;
  }

  function rouse(worker: Worker): void {
    clearTimeout(idle.get(worker));
    idle.delete(worker);
  }

  function run(worker: Worker, task: Task): void {
    rouse(worker);
    const settle = (act: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      task.signal.removeEventListener("abort", onAbort);
      act();
    };
    const rest = (): void => {
      idle.set(worker, setTimeout(() => void worker.terminate(), IDLE_MS).unref());
      next();
    };
    const onMessage = (reply: Reply): void => {
      if ("progress" in reply) return task.onProgress(reply.progress);
      settle(() => ("made" in reply ? task.resolve(reply.made) : task.reject(reply.unusable ? new OrderUnusable(reply.error) : new Error(reply.error))));
      rest();
    };
    const onError = (error: Error): void => settle(() => task.reject(error));
    const onExit = (): void => settle(() => task.reject(new Error("the thread ended")));
    // A thread that computes hears no message: to stop it is to end it.
    const onAbort = (): void => {
      settle(() => task.reject(task.signal.reason));
      void worker.terminate();
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    task.signal.addEventListener("abort", onAbort, { once: true });
    worker.postMessage(task.order);
  }

  return {
    make: (order, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        waiting.push({ order, signal, onProgress, resolve, reject });
        next();
      }),
    async close() {
      for (const { reject } of waiting.splice(0)) reject(new Error("the demo provider is closing"));
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
