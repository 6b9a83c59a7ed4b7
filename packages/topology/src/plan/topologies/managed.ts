/** Vercel, Render, Supabase, SQS or Upstash, Backblaze: everything is somebody else's machine. */
import { gigabytes } from "../amounts.ts";
import { allowance, BUSY, limit, loadsOf, machineOf, type Bill, type Component, type Costing, type Demand } from "../costing.ts";
import { of } from "../measured.ts";
import { above, each, exactly, plus, scaled, smaller, times, type Range } from "../range.ts";
import { HOURS } from "../workload.ts";
import { bucket } from "./backblaze.ts";
import { instances, transferAllowance, workspace } from "./render.ts";

const VERCEL_GB = 1_000;
const SUPABASE_DISK_GB = 8;
const SUPABASE_SENT_GB = 250;
const FREE_REQUESTS = 1_000_000;
/** What the session pooler of a Micro is set to, and what a process holds: its pool and the one that listens. */
const SESSIONS = 45;
const SESSIONS_EACH = 5;
/** One process that relays, captures and sweeps. */
const KEEPERS = 1;

export function managed(costing: Costing): Bill {
  const { workload } = costing;
  const apiDemand: Demand = { cores: workload.apiCores, memoryMib: plus(of("apiMemory"), workload.streamsMemory) };
  const workerDemand: Demand = { cores: workload.workerCores, memoryMib: of("workerMemory") };
  const api = instances(costing, { name: "API", demand: apiDemand, careful: true });
  const workers = instances(costing, { name: "Workers", demand: workerDemand, careful: true });
  const keeper = instances(costing, { name: "Keeper", demand: { cores: scaled(workload.workerCores, 0.1), memoryMib: of("workerMemory") }, careful: false });
  // What workers store leaves Render, once.
  const sentGb = plus(workload.apiGb, workload.madeGb, workload.traceGb);
  const machines = api.sizing.count + workers.sizing.count + KEEPERS;
  const supabase = machineOf("supabase.pro");
  return {
    components: [
      frontend(costing),
      api.component,
      workers.component,
      keeper.component,
      workspace(costing, sentGb),
      database(costing),
      ...queue(costing, workers.sizing.count),
      bucket(costing),
    ],
    loads: [
      ...loadsOf("the API on Render", apiDemand, api.sizing),
      ...loadsOf("the workers on Render", workerDemand, workers.sizing),
      limit("processors", "Supabase's Micro", { used: workload.storeCores, whole: supabase.cores * BUSY.cores }),
      limit("connections", "Supabase's session pooler", { used: exactly(machines * SESSIONS_EACH), whole: SESSIONS }),
      allowance("disk", "Supabase's 8 GB", { used: workload.databaseGb, whole: SUPABASE_DISK_GB }),
      allowance("transfer", "Render's 25 GB", { used: sentGb, whole: transferAllowance }),
      allowance("transfer", "Vercel's 1 TB", { used: workload.studioGb, whole: VERCEL_GB }),
      ...(costing.traffic.queue === "sqs"
        ? [allowance("commands", "SQS's free million", { used: sqsRequests(costing, workers.sizing.count), whole: FREE_REQUESTS })]
        : []),
    ],
    unfit:
      workload.storeCores.middle > supabase.cores * BUSY.cores
        ? "the database needs more than the Micro of Supabase, whose larger sizes are not in the price book"
        : null,
  };
}

function frontend({ price, traffic, workload }: Costing): Component {
  const beyond = times(above(workload.studioGb, VERCEL_GB), price("vercel.transfer"));
  return {
    name: "Studio",
    on: "Vercel",
    cost: plus(scaled(price("vercel.seat"), traffic.seats), beyond),
    says: `${traffic.seats} seat${traffic.seats === 1 ? "" : "s"}, ${gigabytes(workload.studioGb.middle)} sent`,
  };
}

function database({ price, workload }: Costing): Component {
  const disk = times(above(workload.databaseGb, SUPABASE_DISK_GB), price("supabase.disk"));
  const sent = times(above(plus(workload.traceGb, workload.apiGb), SUPABASE_SENT_GB), price("supabase.transfer"));
  return {
    name: "Database",
    on: "Supabase",
    cost: plus(price("supabase.pro"), disk, sent),
    says: `Pro with a Micro, ${gigabytes(workload.databaseGb.middle)} of rows`,
  };
}

function queue(costing: Costing, workers: number): readonly Component[] {
  const { price, traffic, workload } = costing;
  const fixed = price("upstash.250mb");
  const cacheCommands = times(workload.requests, of("cacheCommands"));
  // Few know in advance how many commands they need, so only the least is counted as one goes.
  const redis = (commands: Range): Range => {
    const asOneGoes = times(scaled(commands, 1 / 100_000), price("upstash.commands"));
    return { ...fixed, least: smaller(asOneGoes, fixed).least };
  };
  if (traffic.queue === "bullmq") {
    const idle = scaled(of("idleCommands"), HOURS * workers);
    const commands = plus(idle, times(workload.outputs, of("jobCommands")), cacheCommands);
    return [
      {
        name: "Queue and cache",
        on: "Upstash",
        cost: redis(commands),
        says: `${millions(commands.middle)} commands, ${millions(idle.middle)} of them by workers that wait; a fixed plan asks nothing for them`,
      },
    ];
  }
  const idle = scaled(of("idleReceives"), HOURS * workers);
  const requests = sqsRequests(costing, workers);
  const cost = times(
    each(above(requests, FREE_REQUESTS), (count) => count / 1_000_000),
    price("sqs.requests"),
  );
  return [
    {
      name: "Queue",
      on: "AWS SQS",
      cost,
      says: `${millions(requests.middle)} requests, ${millions(idle.middle)} of them by workers that wait; one million is free`,
    },
    { name: "Cache", on: "Upstash", cost: redis(cacheCommands), says: `${millions(cacheCommands.middle)} commands` },
  ];
}

const sqsRequests = ({ workload }: Costing, workers: number): Range =>
  plus(scaled(of("idleReceives"), HOURS * workers), times(workload.outputs, of("jobRequests")));

const millions = (count: number): string => `${(count / 1_000_000).toFixed(1)} million`;
