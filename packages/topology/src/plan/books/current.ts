/** Prices as they were last read, before taxes. A line is changed together with its day and its source. */
import type { Machine, PriceLine } from "../price-book.ts";

const machine = (cores: number, memoryGib: number, diskGb: number): Machine => ({ cores, memoryMib: memoryGib * 1024, diskGb });

const vercel = { currency: "USD", source: "vercel.com/pricing, quoted by dated notes", readOn: "2026-10-03" } as const;
const render = { currency: "USD", source: "render.com/pricing", readOn: "2026-09-27" } as const;
const renderWorkspace = { currency: "USD", source: "render.com/docs/new-workspace-plans", readOn: "2026-10-01" } as const;
const supabase = { currency: "USD", source: "supabase.com/pricing, quoted by dated notes", readOn: "2026-10-03" } as const;
const upstash = { currency: "USD", source: "upstash.com/pricing/redis", readOn: "2026-09-20" } as const;
const sqs = { currency: "USD", source: "aws.amazon.com/sqs/pricing, quoted, unchanged for years", readOn: "2026-10-01" } as const;
const backblaze = { currency: "USD", source: "backblaze.com/cloud-storage/pricing, quoted by several notes", readOn: "2026-09-15" } as const;
const hetzner = { currency: "EUR", source: "Hetzner's API catalogue, and its page on the prices of 2026-06-15", readOn: "2026-07-23" } as const;
const vultr = { currency: "USD", source: "Vultr's plans by its API", readOn: "2026-09-26" } as const;

const perMonth = { unit: "month" } as const;
const perGb = { unit: "GB" } as const;

export const current = [
  { ...vercel, ...perMonth, sku: "vercel.seat", says: "Vercel Pro, one developer, 1,000 GB of transfer", price: 20 },
  { ...vercel, ...perGb, sku: "vercel.transfer", says: "Vercel, transfer above that", price: 0.15 },

  { ...renderWorkspace, ...perMonth, sku: "render.workspace", says: "Render workspace Pro, 25 GB of transfer, scaling", price: 25 },
  { ...renderWorkspace, ...perGb, sku: "render.transfer", says: "Render, transfer above 25 GB (above 5 in a Hobby workspace)", price: 0.15 },
  { ...render, ...perMonth, sku: "render.0.5c-512mb", says: "Render instance, half a core, 512 MB", price: 7, machine: machine(0.5, 0.5, 0) },
  { ...render, ...perMonth, sku: "render.1c-2g", says: "Render instance, 1 core, 2 GB", price: 25, machine: machine(1, 2, 0) },
  { ...render, ...perMonth, sku: "render.2c-4g", says: "Render instance, 2 cores, 4 GB", price: 85, machine: machine(2, 4, 0) },
  { ...render, ...perMonth, sku: "render.2c-8g", says: "Render instance, 2 cores, 8 GB", price: 135, machine: machine(2, 8, 0) },
  { ...render, ...perMonth, sku: "render.4c-8g", says: "Render instance, 4 cores, 8 GB", price: 175, machine: machine(4, 8, 0) },
  { ...render, ...perMonth, sku: "render.4c-16g", says: "Render instance, 4 cores, 16 GB", price: 225, machine: machine(4, 16, 0) },
  { ...render, ...perMonth, sku: "render.postgres", says: "Render Postgres, half a core, 1 GB", price: 19, machine: machine(0.5, 1, 0) },
  { ...render, ...perGb, sku: "render.postgres.disk", says: "Render Postgres, storage", price: 0.3 },

  { ...supabase, ...perMonth, sku: "supabase.pro", says: "Supabase Pro with a Micro, 8 GB of disk, 250 GB of transfer", price: 25, machine: machine(2, 1, 8) },
  { ...supabase, ...perGb, sku: "supabase.disk", says: "Supabase, disk above 8 GB", price: 0.125 },
  { ...supabase, ...perGb, sku: "supabase.transfer", says: "Supabase, transfer above 250 GB", price: 0.09 },

  { ...upstash, ...perMonth, sku: "upstash.250mb", says: "Upstash Redis, fixed, 250 MB", price: 10 },
  { ...upstash, unit: "100,000 commands", sku: "upstash.commands", says: "Upstash Redis, as one goes", price: 0.2 },
  { ...sqs, unit: "million requests", sku: "sqs.requests", says: "SQS, standard queue, above the first million", price: 0.4 },

  { ...backblaze, ...perGb, sku: "b2.stored", says: "Backblaze B2, kept for a month", price: 0.00695 },
  { ...backblaze, ...perGb, sku: "b2.transfer", says: "Backblaze B2, transfer above three times what is kept", price: 0.01 },

  { ...hetzner, ...perMonth, sku: "hetzner.cx23", says: "Hetzner CX23, EU", price: 5.49, machine: machine(2, 4, 40), orderable: false },
  { ...hetzner, ...perMonth, sku: "hetzner.cx33", says: "Hetzner CX33, EU", price: 8.49, machine: machine(4, 8, 80), orderable: false },
  { ...hetzner, ...perMonth, sku: "hetzner.cx43", says: "Hetzner CX43, EU", price: 15.99, machine: machine(8, 16, 160), orderable: false },
  { ...hetzner, ...perMonth, sku: "hetzner.cx53", says: "Hetzner CX53, EU", price: 29.49, machine: machine(16, 32, 320), orderable: false },
  { ...hetzner, ...perMonth, sku: "hetzner.cpx22", says: "Hetzner CPX22, EU", price: 19.49, machine: machine(2, 4, 80) },
  { ...hetzner, ...perMonth, sku: "hetzner.cpx32", says: "Hetzner CPX32, EU", price: 35.49, machine: machine(4, 8, 160) },
  { ...hetzner, ...perMonth, sku: "hetzner.cpx42", says: "Hetzner CPX42, EU", price: 69.49, machine: machine(8, 16, 320) },
  { ...hetzner, ...perMonth, sku: "hetzner.ipv4", says: "Hetzner, an IPv4 address", price: 0.5 },
  { ...hetzner, unit: "of the server's price", sku: "hetzner.backups", says: "Hetzner, backups of the server", price: 0.2 },
  { ...hetzner, ...perGb, sku: "hetzner.volume", says: "Hetzner, volume", price: 0.0572 },
  { ...hetzner, ...perGb, sku: "hetzner.transfer", says: "Hetzner, transfer above 20,000 GB", price: 0.001 },

  { ...vultr, ...perMonth, sku: "vultr.2c-4g", says: "Vultr vc2, 2 cores, 4 GB", price: 20, machine: machine(2, 4, 80) },
  { ...vultr, ...perMonth, sku: "vultr.4c-8g", says: "Vultr vc2, 4 cores, 8 GB", price: 40, machine: machine(4, 8, 160) },
  { ...vultr, ...perGb, sku: "vultr.transfer", says: "Vultr, transfer above what a server has", price: 0.01 },
  {
    ...perMonth,
    sku: "digitalocean.4c-8g",
    says: "DigitalOcean basic, 4 cores, 8 GB, 5,000 GB of transfer",
    price: 48,
    currency: "USD",
    source: "digitalocean.com/pricing, quoted by dated notes",
    readOn: "2026-08-15",
    machine: machine(4, 8, 160),
  },
] as const satisfies readonly PriceLine[];

export type Sku = (typeof current)[number]["sku"];

type SellerOf<Name> = Name extends `${infer Seller}.${string}` ? Seller : never;
const SELLERS: Readonly<Record<SellerOf<Sku>, string>> = {
  vercel: "Vercel",
  render: "Render",
  supabase: "Supabase",
  upstash: "Upstash",
  sqs: "AWS SQS",
  b2: "Backblaze B2",
  hetzner: "Hetzner",
  vultr: "Vultr",
  digitalocean: "DigitalOcean",
};
export const sellerOf = (sku: Sku): string => SELLERS[sku.split(".")[0] as SellerOf<Sku>];
