/** One server with everything on it; media on its disk, on a volume or in a bucket, whichever is cheapest. */
import { gigabytes } from "../amounts.ts";
import { allowance, limit, loadsOf, machineOf, type Bill, type Costing, type Demand, type Load } from "../costing.ts";
import { of } from "../measured.ts";
import { above, corners, each, exactly, plus, scaled, times, type Range } from "../range.ts";
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
  const { place, media, transfer } = choosePlace(costing, server);
  const onServer = plus(workload.databaseGb, exactly(SYSTEM_GB), place.onServer ? workload.storedGb : exactly(0));
  const { cores, memoryMib } = machineOf(server.sku);
  const extras = server.host === "Hetzner" ? ", with backups and an address" : "";
  return {
    components: [
      { name: "Server", on: server.host, cost: server.cost, says: `${cores} cores, ${memoryMib / 1024} GB${extras}` },
      {
        name: "Media and copies",
        on: place.onServer ? server.host : "Backblaze B2",
        cost: media,
        says: `${gigabytes(workload.storedGb.middle)} kept ${describe(costing, server, place)}; ${COPIES} dumps of the database elsewhere`,
      },
      { name: "Transfer", on: server.host, cost: transfer, says: `${gigabytes(place.sentGb.middle)} sent, ${gigabytes(server.transferGb)} of them included` },
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
  readonly media: Range;
  readonly transfer: Range;
  readonly sentGb: Range;
}

/** In each corner the cheaper place, with the transfer that comes with it. */
function choosePlace(costing: Costing, server: Server): { place: Place; media: Range; transfer: Range } {
  const { workload, price } = costing;
  const freeGb = each(server.diskGb, (gb) => gb - SYSTEM_GB);
  const volume = price("hetzner.volume");
  const dumps = times(scaled(workload.databaseGb, COPIES), price("b2.stored"));
  const files = plus(workload.apiGb, workload.studioGb);
  const here = placed(costing, server, {
    onServer: true,
    // What a disk that breaks would take along lies elsewhere once more.
    media: plus(times(above(plus(workload.storedGb, workload.databaseGb), freeGb), volume), times(workload.storedGb, price("b2.stored")), dumps),
    sentGb: plus(files, workload.viewedGb),
  });
  const away = placed(costing, server, {
    onServer: false,
    media: plus(bucketCost(costing), times(above(workload.databaseGb, freeGb), volume), dumps),
    sentGb: plus(files, workload.madeGb),
  });
  const sum = ({ media, transfer }: Place): Range => plus(media, transfer);
  const better = corners((corner) => Number(sum(here)[corner] <= sum(away)[corner]));
  const of = (part: "media" | "transfer"): Range => corners((corner) => (better[corner] === 1 ? here : away)[part][corner]);
  return { place: better.middle === 1 ? here : away, media: of("media"), transfer: of("transfer") };
}

function placed({ price, traffic }: Costing, server: Server, place: Omit<Place, "transfer">): Place {
  return { ...place, transfer: times(above(place.sentGb, server.transferGb), price(traffic.region === "eu" ? "hetzner.transfer" : "vultr.transfer")) };
}

function describe({ workload }: Costing, server: Server, { onServer }: Place): string {
  if (!onServer) return "in a bucket of Backblaze B2, cheaper than a volume";
  const fits = plus(workload.storedGb, workload.databaseGb).middle <= server.diskGb.middle - SYSTEM_GB;
  return `on the server's disk${fits ? "" : " and a volume"}, and once more in Backblaze B2`;
}
