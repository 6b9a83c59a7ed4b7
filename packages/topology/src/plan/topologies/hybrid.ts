/** Studio, API and database on Render, workers with their Redis on a small server, media in a bucket or beside the workers. */
import { gigabytes } from "../amounts.ts";
import { costItems, rented } from "../cost-items.ts";
import { allowance, BUSY, componentsOf, limit, loadsOf, machineOf, type Bill, type Costing, type Demand } from "../costing.ts";
import { of } from "../measured.ts";
import { above, each, exactly, plus, scaled } from "../range.ts";
import { bucket } from "./backblaze.ts";
import { instances, transferAllowance, workspace } from "./render.ts";
import { diskOf, sent, serverFor } from "./servers.ts";

const DISK_LEAST_GB = 10;
const SESSIONS = 100;
const SESSIONS_EACH = 11;
const WORKER_ROLES = 4;
const REDIS_MIB = 64;

export function hybrid(costing: Costing): Bill {
  const { workload, traffic } = costing;
  const { objectStore = "external" } = traffic;
  const onServer = objectStore !== "external";
  const apiDemand: Demand = { cores: workload.apiCores, memoryMib: plus(of("apiMemory"), workload.streamsMemory) };
  const studio = instances("render.0.5c-512mb", costing, { cores: exactly(0.05), memoryMib: of("studioMemory") });
  const api = instances("render.0.5c-512mb", costing, apiDemand);
  const workerDemand: Demand = { cores: workload.workerCores, memoryMib: plus(scaled(of("workerMemory"), WORKER_ROLES), exactly(REDIS_MIB)) };
  const server = serverFor(rented.workers, costing, workerDemand);
  const database = machineOf("render.postgres");
  const diskGb = each(workload.databaseGb, (gb) => Math.max(DISK_LEAST_GB, gb));
  // The database talks to the server over the open network, and pays for it.
  const sentGb = plus(workload.apiGb, workload.studioGb, workload.traceGb);
  const fromServerGb = onServer ? workload.viewedGb : workload.madeGb;
  const { cores, memoryMib } = machineOf(server.sku);
  const needsMore = workload.storeCores.middle > database.cores * BUSY.cores;
  const media = bucket(workload);
  return {
    components: componentsOf<"hybrid">(costing, costItems.hybrid(traffic), {
      Studio: studio.part,
      API: api.part,
      Database: {
        says: `half a core, 1 GB, ${gigabytes(diskGb.middle)} of disk`,
        amounts: { "render.postgres": exactly(1), "render.postgres.disk": diskGb },
      },
      Tunnel: { says: "what the workers reach the database through", amounts: { "render.0.5c-512mb": exactly(1) } },
      "Workspace and transfer": workspace(sentGb),
      Workers: {
        says: `${cores} cores, ${memoryMib / 1024} GB${onServer ? ", and a volume for what its disk cannot hold" : ""}`,
        amounts: { ...server.amounts, ...sent(fromServerGb, server), "hetzner.volume": above(workload.storedGb, server.freeGb) },
      },
      Media: { ...media, says: `${media.says}${onServer ? "; on the workers' server, and once more in Backblaze B2" : ""}` },
    }),
    loads: [
      ...loadsOf("the API on Render", apiDemand, api.sizing),
      ...loadsOf("the workers' server", workerDemand, { sku: server.sku, count: 1 }),
      ...(onServer ? [diskOf("the workers' server", server, { keptGb: workload.storedGb, kind: objectStore })] : []),
      limit("processors", "Render's Postgres", { used: workload.storeCores, whole: database.cores * BUSY.cores }),
      limit("connections", "Render's Postgres", { used: exactly((api.sizing.count + WORKER_ROLES) * SESSIONS_EACH), whole: SESSIONS }),
      allowance("transfer", "Render's 25 GB", { used: sentGb, whole: transferAllowance }),
      allowance("transfer", `the workers' server's ${gigabytes(server.transferGb)}`, { used: fromServerGb, whole: server.transferGb }),
    ],
    unfit: needsMore
      ? "the database needs more than half a core, and larger ones of Render are not in the price book"
      : server.fits
        ? null
        : "no single server in the price book is large enough for the workers",
  };
}
