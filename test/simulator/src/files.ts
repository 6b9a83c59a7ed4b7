import type { ServerResponse } from "node:http";
import { makeFilm } from "./film.ts";
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
  const isFilm = job.model.startsWith("film");
  const result = isFilm ? makeFilm(job.id) : makePicture(job.id);
  const headers = { "content-type": isFilm ? "video/mp4" : "image/png", "content-length": result.length };
  if (nth <= BAD_FETCHES) {
    switch (job.fault) {
      case "truncated":
        response.writeHead(200, headers).write(result.subarray(0, 100), () => response.destroy());
        return;
      case "wrong_length":
        response.writeHead(200, { ...headers, "content-length": result.length + 100 }).write(result, () => response.destroy());
        return;
      case "slow_drip":
        return drip(result, response.writeHead(200, headers));
    }
  }
  if (job.fault === "corrupt") return void response.writeHead(200, headers).end(result.map((byte, index) => (index > 40 ? byte ^ 0x5a : byte)));
  response.writeHead(200, headers).write(result.subarray(0, -1));
  setTimeout(() => {
    response.end(result.subarray(-1), () => log.append({ what: "fetched", job: job.id, client_id: job.clientId, key: job.key }));
  }, plan.transfer_ms);
}

function drip(result: Buffer, response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed) return clearInterval(timer);
    response.write(result.subarray(sent, (sent += DRIP_BYTES)));
    if (sent < result.length) return;
    clearInterval(timer);
    response.end();
  }, DRIP_MS);
}
