/** Studio, API and database on Render, workers with their Redis on a small server, media in a bucket. */
import { gigabytes } from "../amounts.ts";
import { allowance, BUSY, limit, loadsOf, machineOf, type Bill, type Costing, type Demand } from "../costing.ts";
import { of } from "../measured.ts";
import { each, exactly, plus, scaled, times } from "../range.ts";
import { bucket } from "./backblaze.ts";
import { instances, transferAllowance, workspace } from "./render.ts";
import { serverFor } from "./servers.ts";

const DISK_LEAST_GB = 10;
const SESSIONS = 100;
const SESSIONS_EACH = 11;
const WORKER_ROLES = 4;
const REDIS_MIB = 64;

export function hybrid(costing: Costing): Bill {
  const { workload, price } = costing;
  const studioDemand: Demand = { cores: exactly(0.05), memoryMib: of("studioMemory") };
  const apiDemand: Demand = { cores: workload.apiCores, memoryMib: plus(of("apiMemory"), workload.streamsMemory) };
  const studio = instances(costing, { name: "Studio", demand: studioDemand, careful: false });
  const api = instances(costing, { name: "API", demand: apiDemand, careful: false });
  const workerDemand: Demand = { cores: workload.workerCores, memoryMib: plus(scaled(of("workerMemory"), WORKER_ROLES), exactly(REDIS_MIB)) };
  const server = serverFor(costing, workerDemand, 0);
  const database = machineOf("render.postgres");
  const diskGb = each(workload.databaseGb, (gb) => Math.max(DISK_LEAST_GB, gb));
  // The database talks to the server over the open network, and pays for it.
  const sentGb = plus(workload.apiGb, workload.studioGb, workload.traceGb);
  const { cores, memoryMib } = machineOf(server.sku);
  const needsMore = workload.storeCores.middle > database.cores * BUSY.cores;
  return {
    components: [
      studio.component,
      api.component,
      {
        name: "Database",
        on: "Render",
        cost: plus(price("render.postgres"), times(diskGb, price("render.postgres.disk"))),
        says: `half a core, 1 GB, ${gigabytes(diskGb.middle)} of disk`,
      },
      workspace(costing, sentGb),
      { name: "Workers", on: server.host, cost: server.cost, says: `${cores} cores, ${memoryMib / 1024} GB` },
      bucket(costing),
    ],
    loads: [
      ...loadsOf("the API on Render", apiDemand, api.sizing),
      ...loadsOf("the workers' server", workerDemand, { sku: server.sku, count: 1 }),
      limit("processors", "Render's Postgres", { used: workload.storeCores, whole: database.cores * BUSY.cores }),
      limit("connections", "Render's Postgres", { used: exactly((api.sizing.count + WORKER_ROLES) * SESSIONS_EACH), whole: SESSIONS }),
      allowance("transfer", "Render's 25 GB", { used: sentGb, whole: transferAllowance }),
    ],
    unfit: needsMore
      ? "the database needs more than half a core, and larger ones of Render are not in the price book"
      : server.fits
        ? null
        : "no single server in the price book is large enough for the workers",
  };
}
