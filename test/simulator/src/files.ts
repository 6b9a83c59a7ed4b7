import type { ServerResponse } from "node:http";
import type { Job, Jobs } from "./jobs.ts";
import type { WitnessLog } from "./log.ts";
import { makePicture } from "./picture.ts";
import type { Plan } from "./plan.ts";

const DRIP_BYTES = 64;
const DRIP_MS = 20;
/** A fault of the result is there for the first of these fetches, so that a second try can succeed. */
const BAD_FETCHES = 2;

const fetches = new WeakMap<Job, number>();

export interface Files {
  readonly jobs: Jobs;
  readonly log: WitnessLog;
  readonly plan: Pick<Plan, "transfer_ms">;
}

export function sendFile({ jobs, log, plan }: Files, id: string, response: ServerResponse): void {
  const job = jobs.find(id);
  if (!job) return void response.writeHead(404).end();
  const nth = (fetches.get(job) ?? 0) + 1;
  fetches.set(job, nth);
  if (!jobs.isLive(job) || (job.fault === "expired_url" && nth === 1)) return void response.writeHead(410).end("expired");
  const picture = makePicture(job.id);
  const headers = { "content-type": "image/png", "content-length": picture.length };
  if (nth <= BAD_FETCHES) {
    switch (job.fault) {
      case "truncated":
        response.writeHead(200, headers).write(picture.subarray(0, 100), () => response.destroy());
        return;
      case "wrong_length":
        response.writeHead(200, { ...headers, "content-length": picture.length + 100 }).write(picture, () => response.destroy());
        return;
      case "slow_drip":
        return drip(picture, response.writeHead(200, headers));
    }
  }
  if (job.fault === "corrupt") return void response.writeHead(200, headers).end(picture.map((byte, index) => (index > 40 ? byte ^ 0x5a : byte)));
  response.writeHead(200, headers).write(picture.subarray(0, -1));
  setTimeout(() => {
    response.end(picture.subarray(-1), () => log.append({ what: "fetched", job: job.id, client_id: job.clientId, key: job.key }));
  }, plan.transfer_ms);
}

function drip(picture: Buffer, response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed) return clearInterval(timer);
    response.write(picture.subarray(sent, (sent += DRIP_BYTES)));
    if (sent < picture.length) return;
    clearInterval(timer);
    response.end();
  }, DRIP_MS);
}
