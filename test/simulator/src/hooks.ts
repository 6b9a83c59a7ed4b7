import { createHmac, randomUUID } from "node:crypto";
import type { Job, Sight } from "./jobs.ts";
import type { WitnessLog } from "./log.ts";

/** Sends what became of a job to the address that came with it, signed like Standard Webhooks. */
export interface Hooks {
  schedule(job: Job): void;
  close(): void;
}

const RETRY_MS = 500;
const TRIES_MAX = 20;
const EARLY_MS = 1;

interface Delivery {
  readonly id: string;
  readonly job: Job;
  readonly sight: Sight;
  readonly secret: string;
}

export function createHooks({ secret, log, see }: { secret: string; log: WitnessLog; see: (job: Job) => Sight }): Hooks {
  const timers = new Set<NodeJS.Timeout>();
  const ended = new AbortController();

  function later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  }

  async function deliver(delivery: Delivery, tries = 0): Promise<void> {
    const { id, job, sight } = delivery;
    const body = JSON.stringify({ type: `job.${sight.status}`, job: { id: job.id, client_id: job.clientId, ...sight } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v1,${createHmac("sha256", delivery.secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
    const answered = await fetch(job.webhookUrl!, { method: "POST", body, headers, signal: ended.signal }).then(
      ({ status }) => status,
      () => null,
    );
    log.append({ what: "webhook", job: job.id, client_id: job.clientId, key: job.key, note: `${sight.status} -> ${answered ?? "no answer"}` });
    const settled = answered !== null && (answered < 300 || (answered >= 400 && answered < 500));
    if (!settled && tries < TRIES_MAX && !ended.signal.aborted) later(RETRY_MS, () => void deliver(delivery, tries + 1));
  }

  return {
    schedule(job) {
      const untilDone = Math.max(0, job.doneMs - Date.now());
      const one = (ms: number, sight: () => Sight, more: Partial<Delivery> = {}): void =>
        later(ms, () => void deliver({ id: `msg_${randomUUID()}`, job, sight: sight(), secret, ...more }));
      const running = (): Sight => ({ status: "running", progress: 0.5 });
      const last = (): Sight => see(job);
      switch (job.fault) {
        case "webhook_lost":
          return;
        case "webhook_twice": {
          const id = `msg_${randomUUID()}`;
          for (const ms of [5, 5, 300]) one(untilDone + ms, last, { id });
          return;
        }
        case "webhook_early":
          // Before the submit has been answered, if the network allows.
          job.doneMs = job.acceptedMs;
          return one(EARLY_MS, last);
        case "webhook_out_of_order":
          one(untilDone + 5, last);
          return one(untilDone + 200, running);
        case "webhook_forged":
          one(EARLY_MS, () => ({ status: "failed", message: "forged" }), { secret: "not the secret" });
          return one(untilDone + 5, last);
        default:
          one(untilDone / 2, running);
          return one(untilDone + 5, last);
      }
    },
    close() {
      ended.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
