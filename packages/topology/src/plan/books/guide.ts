/** The prices of the deployment options guide, as they stand there: undated, and with its own thresholds. Each line says in which part of it. */
import type { Priced } from "../estimate.ts";

const BY_TRAFFIC = "Cost Breakdown by Traffic";
const COMPARISON = "Cost Comparison";

export interface GuideTier {
  readonly from: number;
  /** Null where it has no end. */
  readonly to: number | null;
  readonly costs: Readonly<Record<Priced, number>>;
  /** Whose cost is "and more". */
  readonly orMore: readonly Priced[];
  /** With the mark that the guide puts. */
  readonly ticked: Priced;
  readonly recommends: readonly Priced[];
  readonly because: string;
  readonly source: string;
}

export const guideTiers: readonly GuideTier[] = [
  {
    from: 0,
    to: 100,
    costs: { managed: 85, vps: 15, hybrid: 35 },
    orMore: [],
    ticked: "vps",
    recommends: ["vps"],
    because: "overkill to pay more",
    source: BY_TRAFFIC,
  },
  {
    from: 100,
    to: 500,
    costs: { managed: 95, vps: 30, hybrid: 45 },
    orMore: [],
    ticked: "hybrid",
    recommends: ["hybrid"],
    because: "balanced",
    source: BY_TRAFFIC,
  },
  {
    from: 500,
    to: 2_000,
    costs: { managed: 115, vps: 50, hybrid: 60 },
    orMore: [],
    ticked: "vps",
    recommends: ["vps", "hybrid"],
    because: "either",
    source: BY_TRAFFIC,
  },
  {
    from: 2_000,
    to: null,
    costs: { managed: 150, vps: 100, hybrid: 80 },
    orMore: ["vps"],
    ticked: "managed",
    recommends: ["managed"],
    because: "need auto-scale",
    source: BY_TRAFFIC,
  },
];

export interface GuideLine {
  readonly name: string;
  /** What the row says for each; null where it is included in another. */
  readonly cells: Readonly<Record<Priced, { readonly on: string; readonly price: number } | null>>;
  readonly source: string;
}

const on = (host: string, price: number) => ({ on: host, price });
const line = (name: string, managed: GuideLine["cells"]["managed"], hybrid: GuideLine["cells"]["hybrid"]): GuideLine => ({
  name,
  cells: { managed, vps: null, hybrid },
  source: COMPARISON,
});

export const guideLines: readonly GuideLine[] = [
  line("Frontend", on("Vercel", 20), on("Render", 7)),
  line("Backend", on("Render", 25), on("Render", 7)),
  line("Database", on("Supabase", 25), on("Render", 7)),
  line("Queue", on("SQS and Upstash", 15), on("VPS", 7)),
  line("Storage", on("Backblaze B2", 5), on("VPS", 7)),
  line("Workers", on("Render", 25), on("VPS", 7)),
  { name: "VPS", cells: { managed: null, vps: on("Hetzner", 15), hybrid: on("Hetzner", 7) }, source: COMPARISON },
];

export interface GuideClaim {
  readonly topology: Priced;
  readonly least: number;
  /** Null for "and more". */
  readonly most: number | null;
  readonly source: string;
}

/** What the guide says in other places that one option costs. */
export const guideClaims: readonly GuideClaim[] = [
  { topology: "managed", least: 85, most: null, source: "Option 1, Characteristics" },
  { topology: "managed", least: 85, most: 115, source: `${COMPARISON}, TOTAL` },
  { topology: "managed", least: 85, most: 150, source: "Decision Matrix" },
  { topology: "vps", least: 15, most: 50, source: `${COMPARISON}, TOTAL` },
  { topology: "hybrid", least: 40, most: 60, source: "Option 3, Pros" },
  { topology: "hybrid", least: 35, most: 60, source: `${COMPARISON}, TOTAL` },
];

/** The parts of Option 1 in its own list, which are not those of the comparison. */
export const guideOptionOne: readonly { readonly name: string; readonly least: number; readonly most: number }[] = [
  { name: "Render", least: 50, most: 50 },
  { name: "Supabase", least: 25, most: 25 },
  { name: "Upstash", least: 10, most: 10 },
  { name: "Vercel", least: 20, most: 20 },
  { name: "AWS SQS", least: 5, most: 10 },
  { name: "Backblaze B2", least: 5, most: 5 },
];

/** How much cheaper the guide says that an option is than the first, in its row of savings. */
export const guideSavings: readonly { readonly topology: Priced; readonly least: number; readonly most: number }[] = [
  { topology: "vps", least: 82, most: 85 },
  { topology: "hybrid", least: 48, most: 60 },
];

/** From how many daily users on the guide advises the first option, place by place. */
export const guideThresholds: readonly { readonly dailyUsers: number; readonly source: string }[] = [
  { dailyUsers: 1_000, source: "Option 1, When to Use" },
  { dailyUsers: 500, source: "Decision Matrix" },
  { dailyUsers: 2_000, source: BY_TRAFFIC },
];
