/** Vercel, Render, Supabase, SQS or Upstash, Backblaze: everything is somebody else's machine. */
import { gigabytes } from "../amounts.ts";
import { costItems } from "../cost-items.ts";
import { allowance, BUSY, componentsOf, limit, loadsOf, machineOf, type Amount, type Bill, type Costing, type Demand, type Parts } from "../costing.ts";
import { of } from "../measured.ts";
import { above, exactly, plus, scaled, smaller, times, type Range } from "../range.ts";
import { HOURS, type Workload } from "../workload.ts";
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
  const { workload, traffic } = costing;
  const apiDemand: Demand = { cores: workload.apiCores, memoryMib: plus(of("apiMemory"), workload.streamsMemory) };
  const workerDemand: Demand = { cores: workload.workerCores, memoryMib: of("workerMemory") };
  const api = instances("render.1c-2g", costing, apiDemand);
  const workers = instances("render.1c-2g", costing, workerDemand);
  const keeper = instances("render.0.5c-512mb", costing, { cores: scaled(workload.workerCores, 0.1), memoryMib: of("workerMemory") });
  // What workers store leaves Render, once.
  const sentGb = plus(workload.apiGb, workload.madeGb, workload.traceGb);
  const machines = api.sizing.count + workers.sizing.count + KEEPERS;
  const supabase = machineOf("supabase.pro");
  return {
    components: componentsOf<"managed">(costing, costItems.managed(traffic), {
      Studio: {
        says: `${traffic.seats} seat${traffic.seats === 1 ? "" : "s"}, ${gigabytes(workload.studioGb.middle)} sent`,
        amounts: { "vercel.seat": exactly(traffic.seats), "vercel.transfer": above(workload.studioGb, VERCEL_GB) },
      },
      API: api.part,
      Workers: workers.part,
      Keeper: keeper.part,
      "Workspace and transfer": workspace(sentGb),
      Database: {
        says: `Pro with a Micro, ${gigabytes(workload.databaseGb.middle)} of rows`,
        amounts: {
          "supabase.pro": exactly(1),
          "supabase.disk": above(workload.databaseGb, SUPABASE_DISK_GB),
          "supabase.transfer": above(plus(workload.traceGb, workload.apiGb), SUPABASE_SENT_GB),
        },
      },
      ...queueAndCache(costing, workers.sizing.count),
      Media: bucket(workload),
    }),
    loads: [
      ...loadsOf("the API on Render", apiDemand, api.sizing),
      ...loadsOf("the workers on Render", workerDemand, workers.sizing),
      limit("processors", "Supabase's Micro", { used: workload.storeCores, whole: supabase.cores * BUSY.cores }),
      limit("connections", "Supabase's session pooler", { used: exactly(machines * SESSIONS_EACH), whole: SESSIONS }),
      allowance("disk", "Supabase's 8 GB", { used: workload.databaseGb, whole: SUPABASE_DISK_GB }),
      allowance("transfer", "Render's 25 GB", { used: sentGb, whole: transferAllowance }),
      allowance("transfer", "Vercel's 1 TB", { used: workload.studioGb, whole: VERCEL_GB }),
      ...(traffic.queue === "sqs"
        ? [allowance("commands", "SQS's free million", { used: sqsRequests(workload, workers.sizing.count), whole: FREE_REQUESTS })]
        : []),
    ],
    unfit:
      workload.storeCores.middle > supabase.cores * BUSY.cores
        ? "the database needs more than the Micro of Supabase, whose larger sizes are not in the price book"
        : null,
  };
}

function queueAndCache({ price, workload }: Costing, workers: number): Pick<Parts<"managed">, "Queue" | "Cache" | "Queue and cache"> {
  // Few know in advance how many commands they need, so only the least is counted as one goes.
  const redis = (commands: Range): { "upstash.250mb": Amount } => {
    const [fixed, asOneGoes] = [price("upstash.250mb"), times(scaled(commands, 1 / 100_000), price("upstash.commands"))];
    return { "upstash.250mb": { cost: { ...fixed, least: smaller(asOneGoes, fixed).least } } };
  };
  const cached = times(workload.requests, of("cacheCommands"));
  const idleCommands = scaled(of("idleCommands"), HOURS * workers);
  const commands = plus(idleCommands, times(workload.outputs, of("jobCommands")), cached);
  const idleRequests = scaled(of("idleReceives"), HOURS * workers);
  const requests = sqsRequests(workload, workers);
  return {
    Queue: {
      says: `${millions(requests.middle)} requests, ${millions(idleRequests.middle)} of them by workers that wait; one million is free`,
      amounts: { "sqs.requests": scaled(above(requests, FREE_REQUESTS), 1 / 1_000_000) },
    },
    Cache: { says: `${millions(cached.middle)} commands`, amounts: redis(cached) },
    "Queue and cache": {
      says: `${millions(commands.middle)} commands, ${millions(idleCommands.middle)} of them by workers that wait; a fixed plan asks nothing for them`,
      amounts: redis(commands),
    },
  };
}

const sqsRequests = (workload: Workload, workers: number): Range =>
  plus(scaled(of("idleReceives"), HOURS * workers), times(workload.outputs, of("jobRequests")));

const millions = (count: number): string => `${(count / 1_000_000).toFixed(1)} million`;
