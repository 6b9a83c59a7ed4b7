import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { sendFile } from "./files.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import { createJobs, type Job, type Jobs, type Order } from "./jobs.ts";
import { openLog, type Entry, type WitnessLog } from "./log.ts";
import { Plan, Script, type Fault } from "./plan.ts";

export interface SimulatorOptions {
  readonly port?: number;
  readonly plan?: z.input<typeof Plan>;
  /** Where the witness log is written as well. */
  readonly logFile?: string;
  /** Where jobs are kept, so that the next process goes on with them. */
  readonly jobsFile?: string;
  /** Signs webhooks. */
  readonly secret?: string;
  /** Under which results are to be fetched, where something stands before it. Default: its own address. */
  readonly address?: string;
}

export interface Simulator {
  readonly url: string;
  log(): readonly Entry[];
  setPlan(plan: z.input<typeof Plan>): void;
  close(): Promise<void>;
}

const Body = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  client_id: z.string().nullish(),
  webhook_url: z.url().nullish(),
  /** Answer with the result itself instead of with a job. */
  wait: z.boolean().default(false),
  script: Script.default({}),
});

interface Floor {
  readonly jobs: Jobs;
  readonly hooks: Hooks;
  readonly log: WitnessLog;
  plan: Plan;
}

/**
 * `POST /v1/jobs`, `GET /v1/jobs/:id`, `GET /v1/jobs?client_id=`, `POST /v1/jobs/:id/cancel`, `GET /files/:id`;
 * for whoever runs it `GET /log` and `PUT /plan`. A header `Idempotency-Key` is honoured where the model's name ends in `-keyed`.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const log = openLog(options.logFile ?? null);
  const floor = { log, plan: Plan.parse(options.plan ?? {}) } as { -readonly [member in keyof Floor]: Floor[member] };
  const server = createServer((request, response) => {
    answer(floor, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  floor.jobs = createJobs({ plan: () => floor.plan, log, address: () => options.address ?? url, file: options.jobsFile ?? null });
  floor.hooks = createHooks({ secret: options.secret ?? "simulated", log, see: (job) => floor.jobs.see(job) });
  for (const job of floor.jobs.resume()) if (job.webhookUrl) floor.hooks.schedule(job);
  return {
    url,
    log: () => log.read(),
    setPlan: (plan) => void (floor.plan = Plan.parse(plan)),
    close: () => close(server, floor),
  };
}

async function close(server: Server, { hooks }: Floor): Promise<void> {
  hooks.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function answer(floor: Floor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, "http://simulator");
  const [, top, collection, id, verb] = pathname.split("/");
  if (pathname === "/log") return send(response, 200, floor.log.read());
  if (pathname === "/plan" && request.method === "PUT") {
    floor.plan = Plan.parse(JSON.parse(await read(request)));
    return send(response, 200, floor.plan);
  }
  if (top === "files" && collection) return sendFile(floor, collection, response);
  if (top !== "v1" || collection !== "jobs") return send(response, 404, { error: "no such path" });
  if (request.method === "POST" && !id) return submit(floor, request, response);
  if (!id) return send(response, 200, { data: floor.jobs.byClientId(searchParams.get("client_id") ?? "").map((job) => view(floor, job)) });
  const job = floor.jobs.find(id);
  if (!job) return send(response, 404, { error: "no such job" });
  if (request.method === "POST" && verb === "cancel") {
    floor.jobs.cancel(job);
    return send(response, 200, view(floor, job));
  }
  return look(floor, job, response);
}

function look(floor: Floor, job: Job, response: ServerResponse): void {
  job.looks += 1;
  const seen = view(floor, job);
  if (job.fault === "poll_errors" && job.looks <= 3) return send(response, 502, "<html>Bad gateway</html>");
  if (job.fault === "poll_garbage" && job.looks <= 3) return send(response, 200, '{"status":');
  send(response, 200, seen);
}

const view = ({ jobs }: Floor, job: Job) => ({ id: job.id, client_id: job.clientId, ...jobs.see(job) });

async function submit(floor: Floor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Body.parse(JSON.parse(await read(request)));
  const given = request.headers["idempotency-key"];
  const key = body.model.endsWith("-keyed") && typeof given === "string" ? given : null;
  const order: Order = { model: body.model, clientId: body.client_id ?? null, key, webhookUrl: body.webhook_url ?? null, script: body.script };
  floor.log.append({ what: "submitted", job: null, client_id: order.clientId, key });
  const known = key === null ? null : floor.jobs.byKey(key);
  if (known) {
    floor.log.append({ what: "replayed", job: known.id, client_id: order.clientId, key });
    return reply(floor, { job: known, wait: body.wait, fault: null }, response);
  }
  const drawn = floor.jobs.draw(order);
  const refused = refusals[drawn.fault ?? ""];
  if (refused) {
    floor.log.append({ what: "rejected", job: null, client_id: order.clientId, key, note: drawn.fault! });
    return refused(response);
  }
  const job = floor.jobs.accept(order, drawn);
  if (job.webhookUrl) floor.hooks.schedule(job);
  return reply(floor, { job, wait: body.wait, fault: job.fault }, response);
}

/** Nothing is made, and the caller is told so, more or less. */
const refusals: Readonly<Record<string, (response: ServerResponse) => void>> = {
  drop_before_read: (response) => response.destroy(),
  server_error: (response) => send(response, 503, { error: "overloaded; nothing was started", started: false }),
  rate_limit: (response) => {
    response.setHeader("retry-after", "1");
    send(response, 429, { error: "slow down" });
  },
  error_inside_200: (response) => send(response, 200, { error: { message: "capacity; nothing was started" } }),
  refuse_at_once: (response) => send(response, 422, { refused: "The prompt is not allowed." }),
};

/** The job is made, whatever the caller gets to hear. */
async function reply(floor: Floor, { job, wait, fault }: { job: Job; wait: boolean; fault: Fault | null }, response: ServerResponse): Promise<void> {
  if (fault === "drop_after_read") return void response.destroy();
  if (fault === "server_error_after_accept") return send(response, 500, { error: "internal" });
  if (fault === "garbage_reply") return send(response, 200, '{"id":"');
  if (fault === "slow_reply") await pause(1_500);
  if (!wait) return send(response, 202, view(floor, job));
  await pause(Math.max(0, job.doneMs - Date.now()));
  send(response, 200, view(floor, job));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}

/** A string is sent as it is. */
function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body));
}
