/** Traffic in, bills of all topologies out, with what is full first, which one to take, and where that changes. */
import { current, type Sku } from "./books/current.ts";
import { crossoversAmong, nearest, type Crossover } from "./crossovers.ts";
import { bindingOf, costOf, priced, type Estimate } from "./estimate.ts";
import { STALE_DAYS, ageInDays, staleLines } from "./price-book.ts";
import { candidates, recommend, type Recommendation } from "./recommend.ts";
import { Traffic, type TrafficInput } from "./traffic.ts";

export interface Plan {
  readonly traffic: Traffic;
  readonly estimates: readonly Estimate[];
  readonly recommendation: Recommendation;
  /** At most two, in order; those of the topologies that the needs leave. */
  readonly crossovers: readonly Crossover[];
  /** Each one has to stand beside every total that is shown. */
  readonly warnings: readonly string[];
}

export function makePlan(input: TrafficInput, today: Date): Plan {
  const traffic = Traffic.parse(input);
  const estimates = priced.map((topology) => ({ topology, ...costOf(topology, traffic), binding: bindingOf(topology, traffic) }));
  return {
    traffic,
    estimates,
    recommendation: recommend(estimates, traffic),
    crossovers: nearest(crossoversAmong(candidates(traffic), traffic), traffic.dailyUsers),
    warnings: staleWarnings(today),
  };
}

type HostOf<Name> = Name extends `${infer Host}.${string}` ? Host : never;
type Host = HostOf<Sku>;
const HOSTS: Readonly<Record<Host, string>> = {
  vercel: "Vercel",
  render: "Render",
  supabase: "Supabase",
  upstash: "Upstash",
  sqs: "SQS",
  b2: "Backblaze B2",
  hetzner: "Hetzner",
  vultr: "Vultr",
  digitalocean: "DigitalOcean",
};

/** One for each source whose prices are old, and what that touches. */
export function staleWarnings(today: Date): readonly string[] {
  const bySource = Map.groupBy(staleLines(current, today), ({ source }) => source);
  return [...bySource].map(([source, lines]) => {
    const { readOn, sku } = lines[0]!;
    return `The prices of ${HOSTS[sku.split(".")[0] as Host]} were read on ${readOn}, ${ageInDays(readOn, today)} days ago (more than ${STALE_DAYS}): look at them again before you rely on a total. Source: ${source}.`;
  });
}
