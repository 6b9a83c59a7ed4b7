/** What the guide says for some traffic, by its own prices, and where it contradicts itself. Nothing is corrected. */
import { guideClaims, guideLines, guideOptionOne, guideSavings, guideThresholds, guideTiers, type GuideTier } from "./books/guide.ts";
import { priced, type Priced } from "./estimate.ts";

export interface GuideEstimate {
  readonly topology: Priced;
  readonly total: number;
  readonly orMore: boolean;
  readonly components: readonly { readonly name: string; readonly on: string; readonly price: number }[];
}

export interface GuidePlan {
  readonly dailyUsers: number;
  readonly tier: GuideTier;
  readonly estimates: readonly GuideEstimate[];
  readonly recommended: Priced;
  readonly reason: string;
  /** The two nearest thresholds of its table. */
  readonly crossovers: readonly { readonly dailyUsers: number; readonly from: Priced; readonly to: Priced }[];
  readonly disagreements: readonly string[];
  readonly warnings: readonly string[];
}

/** A number on a border belongs to the tier below it, as it is named in both. */
export const tierOf = (dailyUsers: number): GuideTier => guideTiers.find(({ to }) => to === null || dailyUsers <= to)!;

export function makeGuidePlan(dailyUsers: number): GuidePlan {
  const tier = tierOf(dailyUsers);
  return {
    dailyUsers,
    tier,
    estimates: priced.map((topology) => ({
      topology,
      total: tier.costs[topology],
      orMore: tier.orMore.includes(topology),
      components: componentsOf(topology),
    })),
    recommended: tier.ticked,
    reason: `The guide's table marks ${tier.ticked} for ${nameTier(tier)} daily users and names ${tier.recommends.join(" or ")}: ${tier.because}.`,
    crossovers: nearestBorders(dailyUsers),
    disagreements: disagreements(),
    warnings: ["The guide's prices have no date. What they are now: the same without --prices guide."],
  };
}

export const nameTier = ({ from, to }: GuideTier): string => (to === null ? `${from}+` : `${from}-${to}`);

export const componentsOf = (topology: Priced): GuideEstimate["components"] =>
  guideLines.flatMap(({ name, cells }) => {
    const cell = cells[topology];
    return cell === null ? [] : [{ name, ...cell }];
  });

function nearestBorders(dailyUsers: number): GuidePlan["crossovers"] {
  const borders = guideTiers.slice(1).map((tier, index) => ({ dailyUsers: tier.from, from: guideTiers[index]!.ticked, to: tier.ticked }));
  const far = (border: { dailyUsers: number }): number => Math.abs(Math.log(border.dailyUsers / dailyUsers));
  return borders
    .toSorted((one, other) => far(one) - far(other))
    .slice(0, 2)
    .toSorted((one, other) => one.dailyUsers - other.dailyUsers);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const range = (least: number, most: number | null): string => (most === null ? `$${least}+` : least === most ? `$${least}` : `$${least}-${most}`);
const claimsOf = (topology: Priced): string =>
  guideClaims
    .filter((claim) => claim.topology === topology)
    .map(({ least, most, source }) => `${range(least, most)} (${source})`)
    .join(", ");

/** Reckoned from its own figures, so that none stands here that is not there. */
export function disagreements(): readonly string[] {
  return [...sums(), ...savings(), ...choices()];
}

function sums(): string[] {
  const optionOne = { least: sum(guideOptionOne.map(({ least }) => least)), most: sum(guideOptionOne.map(({ most }) => most)) };
  const compared = sum(componentsOf("managed").map(({ price }) => price));
  const rows = componentsOf("hybrid");
  const onServer = rows.filter(({ on }) => on !== "Render");
  const once = sum(rows.map(({ price }) => price)) - sum(onServer.map(({ price }) => price)) + onServer.at(-1)!.price;
  return [
    `Option 1 has three totals: ${claimsOf("managed")}; the parts of its own list sum up to ${range(optionOne.least, optionOne.most)}, the rows of the comparison to $${compared}.`,
    `Option 3's rows sum up to $${sum(rows.map(({ price }) => price))}, as the server's $7 stands in ${onServer.length} of them; counted once it is $${once}. The totals say ${claimsOf("hybrid")}.`,
    `Option 2 is one server of $${sum(componentsOf("vps").map(({ price }) => price))}, and its total ${claimsOf("vps")}; the table by traffic has $${guideTiers.at(-1)!.costs.vps}+.`,
  ];
}

function savings(): string[] {
  const saved = (tier: GuideTier, topology: Priced): number => Math.round(100 * (1 - tier.costs[topology] / tier.costs.managed));
  return guideSavings.map(({ topology, least, most }) => {
    const real = guideTiers.map((tier) => saved(tier, topology));
    return `It says that ${topology} is ${least}-${most} % cheaper; by its table by traffic it is ${Math.min(...real)}-${Math.max(...real)} %.`;
  });
}

function choices(): string[] {
  const dearer = guideTiers.flatMap((tier) => {
    const cheapest = priced.toSorted((one, other) => tier.costs[one] - tier.costs[other])[0]!;
    if (cheapest === tier.ticked) return [];
    return [
      `For ${nameTier(tier)} daily users it marks ${tier.ticked} ($${tier.costs[tier.ticked]}), and ${cheapest} is the cheapest ($${tier.costs[cheapest]}).`,
    ];
  });
  const from = guideThresholds.map(({ dailyUsers, source }) => `${dailyUsers} (${source})`).join(", ");
  return [...dearer, `Option 1 is advised from ${guideThresholds.length} different numbers of daily users on: ${from}.`];
}
