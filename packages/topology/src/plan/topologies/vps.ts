/** One server with everything on it; media on its disk, on a volume or in a bucket. */
import { gigabytes } from "../amounts.ts";
import { costItems, rented } from "../cost-items.ts";
import { allowance, componentsOf, limit, loadsOf, machineOf, totalOf, type Bill, type Component, type Costing, type Demand } from "../costing.ts";
import { of } from "../measured.ts";
import { above, between, exactly, plus, scaled, smaller, zero } from "../range.ts";
import { bucketSentGb } from "./backblaze.ts";
import { diskOf, sent, serverFor } from "./servers.ts";

const COPIES = 7;
const ROLES = 5;
const SESSIONS = 100;
const SESSIONS_EACH = 11;

/** Where nobody chose a place for media, each corner is the cheaper place's; what is said is that of the middle. */
export function vps(costing: Costing): Bill {
  const { objectStore } = costing.traffic;
  if (objectStore !== undefined) return inOrder(billOf(costing, objectStore));
  const [here, away] = [billOf(costing, "garage"), billOf(costing, "external")];
  const [taken, other] = totalOf(here.components).middle <= totalOf(away.components).middle ? [here, away] : [away, here];
  const components = taken.components.map((part, index) => ({ ...part, cost: smaller(part.cost, other.components[index]!.cost) }));
  return inOrder({ ...taken, components });
}

/** Servers of two corners have two disks, and the smaller one needs the larger volume. Where that puts media out of order, the server bears the difference. */
function inOrder(bill: Bill): Bill {
  const [server, media, ...others] = bill.components as [Component, Component, ...Component[]];
  const least = Math.max(0, media.cost.least - media.cost.middle);
  const most = Math.max(0, media.cost.middle - media.cost.most);
  const components = [
    { ...server, cost: plus(server.cost, between(least, 0, -most)) },
    { ...media, cost: plus(media.cost, between(-least, 0, most)) },
    ...others,
  ];
  return { ...bill, components };
}

function billOf(costing: Costing, objectStore: "garage" | "seaweedfs" | "external"): Bill {
  const { workload, traffic } = costing;
  const onServer = objectStore !== "external";
  const memory = plus(of("partsMemory"), of("apiMemory"), of("studioMemory"), scaled(of("workerMemory"), ROLES - 1), workload.streamsMemory);
  const demand: Demand = { cores: plus(workload.apiCores, workload.workerCores, workload.storeCores), memoryMib: memory };
  const server = serverFor(rented.everything, costing, demand);
  const keptGb = plus(workload.databaseGb, onServer ? workload.storedGb : zero);
  const sentGb = plus(workload.apiGb, workload.studioGb, onServer ? workload.viewedGb : workload.madeGb);
  const { cores, memoryMib } = machineOf(server.sku);
  const extras = traffic.region === "eu" ? ", with backups and an address" : "";
  const place = onServer
    ? `on the server's disk${keptGb.middle <= server.freeGb.middle ? "" : " and a volume"}, and once more in Backblaze B2`
    : `in a bucket of Backblaze B2${traffic.objectStore === undefined ? ", cheaper than a volume" : ""}`;
  return {
    components: componentsOf<"vps">(costing, costItems.vps({ ...traffic, objectStore }), {
      Server: { says: `${cores} cores, ${memoryMib / 1024} GB${extras}`, amounts: server.amounts },
      "Media and transfer": {
        says: `${gigabytes(workload.storedGb.middle)} kept ${place}; ${COPIES} dumps of the database elsewhere; ${gigabytes(sentGb.middle)} sent, ${gigabytes(server.transferGb)} of them included`,
        amounts: {
          ...sent(sentGb, server),
          "hetzner.volume": above(keptGb, server.freeGb),
          "b2.stored": plus(workload.storedGb, scaled(workload.databaseGb, COPIES)),
          "b2.transfer": bucketSentGb(workload),
        },
      },
    }),
    loads: [
      ...loadsOf("the server", demand, { sku: server.sku, count: 1 }),
      diskOf("the server", server, { keptGb, kind: String(onServer) }),
      limit("connections", "PostgreSQL's 100", { used: exactly(ROLES * SESSIONS_EACH), whole: SESSIONS }),
      allowance("transfer", `the server's ${gigabytes(server.transferGb)}`, { used: sentGb, whole: server.transferGb }),
    ],
    unfit: server.fits ? null : "no single server in the price book is large enough",
  };
}
