import fc from "fast-check";
import { expect, test } from "vitest";
import { current } from "../plan/books/current.ts";
import { costItems } from "../plan/cost-items.ts";
import { componentsOf, priceIn, totalOf, type Parts } from "../plan/costing.ts";
import { costOf, priced } from "../plan/estimate.ts";
import { exactly } from "../plan/range.ts";
import { Traffic } from "../plan/traffic.ts";
import { problemsOf } from "../schema/consistency.ts";
import { near, renderRegions } from "../schema/options.ts";
import { topologyOf } from "./index.ts";

const anyKind = fc.constantFrom(...priced);
const anyChoice = fc.record(
  {
    region: fc.constantFrom(...renderRegions),
    network: fc.constantFrom("outbound" as const, "tls" as const, "tunnel" as const, "allowlist" as const),
    objectStore: fc.constantFrom("garage" as const, "seaweedfs" as const, "external" as const),
  },
  { requiredKeys: ["region", "network"] },
);
const lines = new Set<string>(current.map(({ sku }) => sku));

test("whatever is chosen, each cost is a line of the price book and on the bill of a host that is there", () => {
  fc.assert(
    fc.property(anyKind, anyChoice, (kind, choice) => {
      const topology = topologyOf(kind, choice);
      expect(topology.costs.map(({ sku }) => sku).filter((sku) => !lines.has(sku))).toEqual([]);
      expect(problemsOf(topology)).toEqual([]);
      expect(new Set(topology.costs.map(({ host }) => host))).toEqual(new Set(topology.hosts.map(({ id }) => id)));
    }),
  );
});

test("whatever is chosen, the parts of a bill are those that the topology pays for, in its order", () => {
  fc.assert(
    fc.property(anyKind, anyChoice, fc.integer({ min: 1, max: 1_000_000 }), (kind, choice, dailyUsers) => {
      const { components } = costOf(kind, Traffic.parse({ dailyUsers, ...choice, region: near[choice.region].servers }));
      expect(components.map(({ name }) => name)).toEqual([...new Set(topologyOf(kind, choice).costs.map(({ part }) => part))]);
    }),
  );
});

test("each size that is deployed at Render is paid for", () => {
  fc.assert(
    fc.property(anyKind, anyChoice, (kind, choice) => {
      const { services, costs } = topologyOf(kind, choice);
      const deployed = services.flatMap(({ plan, kind: is }) => (plan === undefined || is === "store" ? [] : [`render.${plan}`]));
      expect(
        costs
          .map(({ sku }) => sku)
          .filter((sku) => /^render\.\d/.test(sku))
          .toSorted(),
      ).toEqual(deployed.toSorted());
    }),
  );
});

test("a line that a topology drops leaves its bill, with its price and nothing else", () => {
  fc.assert(
    fc.property(anyKind, anyChoice, fc.nat(), (kind, choice, which) => {
      const traffic = Traffic.parse({ dailyUsers: 1, ...choice, region: near[choice.region].servers });
      const [price, items] = [priceIn("USD"), costItems[kind](traffic)];
      const units = (part: string) => Object.fromEntries(items.filter((item) => item.part === part).map(({ sku }) => [sku, exactly(1)]));
      const parts = Object.fromEntries(items.map(({ part }) => [part, { says: "", amounts: units(part) }])) as unknown as Parts<typeof kind>;
      const dropped = items[which % items.length]!;
      const total = (some: typeof items) => totalOf(componentsOf({ price, traffic }, some, parts)).middle;
      expect(total(items) - total(items.filter((item) => item !== dropped) as typeof items)).toBeCloseTo(price(dropped.sku).middle, 6);
    }),
  );
});

test("a line without an amount, and an amount without a line, are errors of types", () => {
  type Amounts = Parts<"managed">["Studio"]["amounts"];
  // @ts-expect-error -- nobody says how much is sent
  const missing: Amounts = { "vercel.seat": exactly(1) };
  // @ts-expect-error -- Vercel sells no bucket
  const strange: Amounts = { "vercel.seat": exactly(1), "vercel.transfer": exactly(1), "b2.stored": exactly(1) };
  expect([missing, strange]).toHaveLength(2);
});

test("what is chosen reaches the bill: a tunnel is one more instance, TLS nothing, and media lie where they were put", () => {
  const bill = (kind: "vps" | "hybrid", choice: object) => costOf(kind, Traffic.parse({ dailyUsers: 20_000, ...choice }));
  const outbound = bill("hybrid", {}).total.middle;
  expect(bill("hybrid", { network: "tls" }).total.middle).toBe(outbound);
  expect(bill("hybrid", { network: "tunnel" }).total.middle - outbound).toBeCloseTo(7, 6);
  const media = (kind: "vps" | "hybrid", objectStore: string) => bill(kind, { objectStore }).components.at(-1)!;
  expect([media("vps", "seaweedfs").says, media("vps", "external").says]).toEqual([
    expect.stringContaining("on the server's disk and a volume"),
    expect.stringContaining("in a bucket of Backblaze B2;"),
  ]);
  expect(media("hybrid", "garage").says).toContain("on the workers' server, and once more");
  const workers = (objectStore: string) => bill("hybrid", { objectStore }).components.find(({ name }) => name === "Workers")!.cost.middle;
  expect(workers("garage")).toBeGreaterThan(workers("external"));
});

test("who chooses no place for media on a server gets the cheaper one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom("eu", "us"), (dailyUsers, region) => {
      const of = (objectStore: object) => costOf("vps", Traffic.parse({ dailyUsers, region, ...objectStore })).total.middle;
      expect(of({})).toBeCloseTo(Math.min(of({ objectStore: "garage" }), of({ objectStore: "external" })), 6);
    }),
  );
});
