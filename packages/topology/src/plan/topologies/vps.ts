/** One server with everything on it; media on its disk, on a volume or in a bucket, whichever is cheapest. */
import { gigabytes } from "../amounts.ts";
import { allowance, limit, loadsOf, machineOf, type Bill, type Costing, type Demand, type Load } from "../costing.ts";
import { of } from "../measured.ts";
import { above, each, exactly, plus, scaled, smaller, times, type Range } from "../range.ts";
import { bucketCost } from "./backblaze.ts";
import { serverFor, type Server } from "./servers.ts";

/** The system, images and logs. */
const SYSTEM_GB = 15;
const COPIES = 7;
const ROLES = 5;
const SESSIONS = 100;
const SESSIONS_EACH = 11;
const LEAST_MEMORY_MIB = 8_192;

export function vps(costing: Costing): Bill {
  const { workload } = costing;
  const memory = plus(of("partsMemory"), of("apiMemory"), of("studioMemory"), scaled(of("workerMemory"), ROLES - 1), workload.streamsMemory);
  const demand: Demand = { cores: plus(workload.apiCores, workload.workerCores, workload.storeCores), memoryMib: memory };
  const server = serverFor(costing, demand, LEAST_MEMORY_MIB);
  const { place, cost } = choosePlace(costing, server);
  const onServer = plus(workload.databaseGb, exactly(SYSTEM_GB), place.onServer ? workload.storedGb : exactly(0));
  const { cores, memoryMib } = machineOf(server.sku);
  const extras = server.host === "Hetzner" ? ", with backups and an address" : "";
  return {
    components: [
      { name: "Server", on: server.host, cost: server.cost, says: `${cores} cores, ${memoryMib / 1024} GB${extras}` },
      {
        name: "Media and transfer",
        on: place.onServer ? server.host : `Backblaze B2, ${server.host}`,
        cost,
        says: `${gigabytes(workload.storedGb.middle)} kept ${describe(costing, server, place)}; ${COPIES} dumps of the database elsewhere; ${gigabytes(place.sentGb.middle)} sent, ${gigabytes(server.transferGb)} of them included`,
      },
    ],
    loads: [
      ...loadsOf("the server", demand, { sku: server.sku, count: 1 }),
      diskOf(server, onServer, place.onServer),
      limit("connections", "PostgreSQL's 100", { used: exactly(ROLES * SESSIONS_EACH), whole: SESSIONS }),
      allowance("transfer", `the server's ${gigabytes(server.transferGb)}`, { used: place.sentGb, whole: server.transferGb }),
    ],
    unfit: server.fits ? null : "no single server in the price book is large enough",
  };
}

/** A full disk ends it; beyond that there is a volume, and only a bill. */
function diskOf(server: Server, used: Range, onServer: boolean): Load {
  const whole = server.diskGb.middle;
  return used.middle <= whole
    ? limit("disk", "the server", { used, whole, size: `${server.sku} ${onServer}` })
    : allowance("disk", "the server", { used, whole });
}

interface Place {
  readonly onServer: boolean;
  /** What leaves the server. */
  readonly sentGb: Range;
  /** With the transfer that comes with it, as that may be what makes the other one cheaper. */
  readonly cost: Range;
}

/** In each corner the cheaper place; what is said is that of the middle. */
function choosePlace(costing: Costing, server: Server): { place: Place; cost: Range } {
  const { workload, price, traffic } = costing;
  const freeGb = each(server.diskGb, (gb) => gb - SYSTEM_GB);
  const [volume, bucket] = [price("hetzner.volume"), price("b2.stored")];
  const dumps = times(scaled(workload.databaseGb, COPIES), bucket);
  const files = plus(workload.apiGb, workload.studioGb);
  const beyond = (sentGb: Range): Range => times(above(sentGb, server.transferGb), price(traffic.region === "eu" ? "hetzner.transfer" : "vultr.transfer"));
  const lies = (gb: Range): Range => times(above(gb, freeGb), volume);
  const [seen, made] = [plus(files, workload.viewedGb), plus(files, workload.madeGb)];
  // What a disk that breaks would take along lies elsewhere once more.
  const copied = times(workload.storedGb, bucket);
  const here: Place = { onServer: true, sentGb: seen, cost: plus(lies(plus(workload.storedGb, workload.databaseGb)), copied, dumps, beyond(seen)) };
  const away: Place = { onServer: false, sentGb: made, cost: plus(bucketCost(costing), lies(workload.databaseGb), dumps, beyond(made)) };
  return { place: here.cost.middle <= away.cost.middle ? here : away, cost: smaller(here.cost, away.cost) };
}

function describe({ workload }: Costing, server: Server, { onServer }: Place): string {
  if (!onServer) return "in a bucket of Backblaze B2, cheaper than a volume";
  const fits = plus(workload.storedGb, workload.databaseGb).middle <= server.diskGb.middle - SYSTEM_GB;
  return `on the server's disk${fits ? "" : " and a volume"}, and once more in Backblaze B2`;
}
