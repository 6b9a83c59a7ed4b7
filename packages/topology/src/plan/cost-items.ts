/**
 * What is paid for, by topology and by what was chosen of it: the costs of a rendered topology, and all lines of its bill. They
 * stand beside the planner, as it runs in browsers and sees nothing of the rest.
 */
import type { Sku } from "./books/current.ts";
import type { Traffic } from "./traffic.ts";

type Where = Traffic["region"];

/** The smallest machines that a topology is deployed on, and what leaves them, by where they stand. */
export const rented = {
  workers: { eu: "hetzner.cpx22", us: "vultr.2c-4g" },
  everything: { eu: "hetzner.cpx32", us: "vultr.4c-8g" },
  transfer: { eu: "hetzner.transfer", us: "vultr.transfer" },
} as const satisfies Record<string, Record<Where, Sku>>;

type Host = "vercel" | "render" | "supabase" | "aws" | "upstash" | "backblaze" | "vps";

const paid = <const Part extends string, const Line extends Sku>(part: Part, host: Host, ...lines: readonly Line[]) =>
  lines.map((sku) => ({ part, host, sku }));

const server = <const Part extends string, const Line extends Sku>(
  part: Part,
  smallest: Readonly<Record<Where, Line>>,
  { region, backups }: { region: Where; backups: boolean },
) => [
  ...paid(part, "vps", smallest[region]),
  ...(region === "eu" ? paid(part, "vps", "hetzner.ipv4") : []),
  ...(region === "eu" && backups ? paid(part, "vps", "hetzner.backups") : []),
];

export const costItems = {
  managed: ({ queue }: Pick<Traffic, "queue">) => [
    ...paid("Studio", "vercel", "vercel.seat", "vercel.transfer"),
    ...paid("API", "render", "render.1c-2g"),
    ...paid("Workers", "render", "render.1c-2g"),
    ...paid("Keeper", "render", "render.0.5c-512mb"),
    ...paid("Workspace and transfer", "render", "render.workspace", "render.transfer"),
    ...paid("Database", "supabase", "supabase.pro", "supabase.disk", "supabase.transfer"),
    ...(queue === "sqs"
      ? [...paid("Queue", "aws", "sqs.requests"), ...paid("Cache", "upstash", "upstash.250mb")]
      : paid("Queue and cache", "upstash", "upstash.250mb")),
    ...paid("Media", "backblaze", "b2.stored", "b2.transfer"),
  ],
  // What cannot be made again lies in a bucket once more where the server itself keeps it.
  vps: ({ region, objectStore }: Pick<Traffic, "region" | "objectStore">) => [
    ...server("Server", rented.everything, { region, backups: true }),
    // Nobody has read what Vultr asks for a volume; Hetzner's price stands for it.
    ...paid("Media and transfer", "vps", "hetzner.volume", rented.transfer[region]),
    ...paid("Media and transfer", "backblaze", "b2.stored"),
    ...(objectStore === "external" ? paid("Media and transfer", "backblaze", "b2.transfer") : []),
  ],
  hybrid: ({ region, objectStore = "external", network }: Pick<Traffic, "region" | "objectStore" | "network">) => [
    ...paid("Studio", "render", "render.0.5c-512mb"),
    ...paid("API", "render", "render.0.5c-512mb"),
    ...paid("Database", "render", "render.postgres", "render.postgres.disk"),
    ...(network === "tunnel" ? paid("Tunnel", "render", "render.0.5c-512mb") : []),
    ...paid("Workspace and transfer", "render", "render.workspace", "render.transfer"),
    // Messages and scratch files are not worth a backup; media are.
    ...server("Workers", rented.workers, { region, backups: objectStore !== "external" }),
    ...paid("Workers", "vps", rented.transfer[region]),
    ...(objectStore === "external" ? [] : paid("Workers", "vps", "hetzner.volume")),
    ...paid("Media", "backblaze", "b2.stored"),
    ...(objectStore === "external" ? paid("Media", "backblaze", "b2.transfer") : []),
  ],
};

/** Those that are paid for by the month; the embedded one costs the machine it runs on. */
export type Priced = keyof typeof costItems;

export type CostItem<Topology extends Priced = Priced> = ReturnType<(typeof costItems)[Topology]>[number];
