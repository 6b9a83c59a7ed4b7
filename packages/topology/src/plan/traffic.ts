/** What a planner has to be told. Everything but the daily users has a default that it says. */
import { z } from "zod";

export const kinds = ["image", "video", "audio"] as const;
export type Kind = (typeof kinds)[number];

/** What people may insist on, and what it rules out. */
export const needs = {
  "no-servers": { asks: "Is there nobody who would look after a server?", rulesOut: ["vps", "hybrid"], because: "somebody has to look after a server" },
  "no-single-point": { asks: "Would an outage of some hours be a disaster?", rulesOut: ["vps"], because: "everything stands and falls with one server" },
  bursts: { asks: "Does traffic jump to many times the usual within minutes?", rulesOut: ["vps"], because: "one server does not grow by itself" },
  worldwide: {
    asks: "Are people on several continents, and is the studio's first page to be fast for all?",
    rulesOut: ["vps", "hybrid"],
    because: "there is no network of caches around the world",
  },
  "no-lock-in": { asks: "Must every part be one that you can run yourself?", rulesOut: ["managed"], because: "several parts are one company's own" },
} as const satisfies Record<string, { asks: string; rulesOut: readonly string[]; because: string }>;
export type Need = keyof typeof needs;

const amount = (max: number) => z.number().min(0).max(max);
const perKind = (max: number) => z.strictObject({ image: amount(max), video: amount(max), audio: amount(max) });

/** Of a usual day, a year from now or when `months` says. */
export const Traffic = z.strictObject({
  /** Different people on one day. */
  dailyUsers: z.number().min(1).max(10_000_000),
  generationsPerUser: amount(10_000).default(5),
  outputsPerGeneration: z.number().min(1).max(100).default(2),
  /** How the outputs divide; only the proportions count. */
  shares: perKind(1_000_000).default({ image: 1, video: 0, audio: 0 }),
  /** Of one output, in MB. */
  sizes: perKind(10_000).default({ image: 1.5, video: 12, audio: 1 }),
  /** How often an output is looked at or downloaded, in its whole life. */
  viewsPerOutput: amount(1_000_000).default(3),
  /** How long media are kept. */
  retentionDays: z.number().min(1).max(36_500).default(365),
  /** The month for which the bill is written; until then media pile up. */
  months: z.number().min(1).max(120).default(12),
  region: z.enum(["eu", "us"]).default("eu"),
  currency: z.enum(["USD", "EUR"]).default("USD"),
  /** People who deploy, where a platform asks for each. */
  seats: z.number().int().min(1).max(1_000).default(1),
  /** What carries the work in the managed topology. */
  queue: z.enum(["sqs", "bullmq"]).default("sqs"),
  /** Who keeps media: an S3 server on one's own machine, or a bucket elsewhere. Not said: on a VPS whichever is cheaper, in hybrid the bucket. */
  objectStore: z.enum(["garage", "seaweedfs", "external"]).optional(),
  /** How the two sides of hybrid meet. */
  network: z.enum(["outbound", "tls", "tunnel", "allowlist"]).default("outbound"),
  needs: z.array(z.enum(Object.keys(needs) as [Need, ...Need[]])).default([]),
});

export type Traffic = z.infer<typeof Traffic>;
export type TrafficInput = z.input<typeof Traffic>;
export type Currency = Traffic["currency"];
