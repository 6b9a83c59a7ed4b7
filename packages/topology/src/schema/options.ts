/** What an operator chooses; everything else follows from it. */
import { z } from "zod";
import { hybridNetworks } from "../environment/sets.ts";

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, { error: "must have small letters, digits and -, and begin with a letter" });
const domain = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, { error: "must be a domain without https://, for example cooly.example.com" });
const count = (what: string, fallback: number) => z.int().min(1).max(50).default(fallback).describe(what);

export const renderRegions = ["oregon", "ohio", "frankfurt", "singapore", "virginia"] as const;

export const Options = z.strictObject({
  domain: domain.default("cooly.example.com").describe("The studio's domain; the others are below it."),
  name: name.default("cooly").describe("What the names of services begin with; another for a second installation beside the first."),
  registry: z
    .string()
    .regex(/^[a-z0-9.:_-]+(\/[a-z0-9._-]+)*$/, { error: "must be a registry and a folder of it, for example ghcr.io/example" })
    .default("ghcr.io/example")
    .describe("Where the images of server and frontend are pulled from."),
  tag: z
    .string()
    .regex(/^(?!latest$)[\w][\w.-]{0,127}$/, { error: "must be a version; latest says nothing about what will run" })
    .default("0.1.0")
    .describe("Their tag."),
  region: z.enum(renderRegions).default("frankfurt").describe("Where Render runs things; the others are chosen near it."),
  objectStore: z.enum(["garage", "seaweedfs", "external"]).optional().describe("The S3 server: one of these on the VPS, or any other by variables."),
  network: z
    .enum(hybridNetworks)
    .default("outbound")
    .describe(
      "Hybrid: how the two sides meet. outbound: the VPS only dials out. tls: its Redis answers the API too, encrypted. allowlist: the same, for named addresses only. tunnel: the database is reached through Tailscale, and through nothing else.",
    ),
  vpsAddress: z.ipv4({ error: "must be an IPv4 address" }).default("203.0.113.10").describe("Hybrid: the VPS's own address, which the database lets in."),
  allowed: z
    .array(z.cidrv4({ error: "must be ranges such as 203.0.113.0/24" }))
    .default(["203.0.113.0/24"])
    .describe("Hybrid with allowlist: who may reach Redis; Render's dashboard shows its outbound ranges."),
  apis: count("How many APIs there may be at once.", 3),
  genWorkers: count("How many gen workers there may be at once.", 2),
});

export type Options = z.infer<typeof Options>;
export type OptionsDraft = z.input<typeof Options>;

interface Near {
  readonly aws: string;
  readonly b2: string;
  readonly vercel: string;
  /** The nearer of the two that the price book knows machines in. */
  readonly servers: "eu" | "us";
}

/** Regions of the others that are near Render's. */
export const near: Readonly<Record<Options["region"], Near>> = {
  frankfurt: { aws: "eu-central-1", b2: "eu-central-003", vercel: "fra1", servers: "eu" },
  oregon: { aws: "us-west-2", b2: "us-west-004", vercel: "pdx1", servers: "us" },
  ohio: { aws: "us-east-2", b2: "us-east-005", vercel: "cle1", servers: "us" },
  virginia: { aws: "us-east-1", b2: "us-east-005", vercel: "iad1", servers: "us" },
  singapore: { aws: "ap-southeast-1", b2: "us-west-004", vercel: "sin1", servers: "us" },
};

/** The four names that people and their browsers use, and the one of the cache. */
export const namesOf = ({ domain: studio }: Pick<Options, "domain">) => ({
  studio: { name: studio, variable: "DOMAIN" },
  api: { name: `api.${studio}`, variable: "API_DOMAIN" },
  media: { name: `media.${studio}`, variable: "MEDIA_DOMAIN" },
  console: { name: `console.${studio}`, variable: "CONSOLE_DOMAIN" },
  cache: { name: `cache.${studio}`, variable: "CACHE_DOMAIN" },
});
