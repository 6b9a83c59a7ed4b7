/** A deployment as data. What stands here is the manual too: docs/reference/topology.md is made from the descriptions. */
import { z } from "zod";
import { roles } from "../environment/variables.ts";

const id = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: "must have small letters, digits and -, and begin with a letter" });
const port = z.int().min(1).max(65_535);
const text = z.string().min(1);

export const Host = z.strictObject({
  id: id.describe("Its name within the topology."),
  platform: z
    .enum(["vercel", "render", "supabase", "aws", "upstash", "backblaze", "vps", "machine"])
    .describe("Who runs it; `machine` is the one of a developer."),
  region: z.string().describe("In the platform's own words; empty where there is none."),
  says: text.describe("What it is there for, in a sentence."),
});

export const Health = z
  .discriminatedUnion("by", [
    z.strictObject({ by: z.literal("http").describe("A page that answers without asking the database."), path: text }),
    z.strictObject({ by: z.literal("command").describe("A program of the image; no image of ours has curl."), words: z.array(text).min(1) }),
  ])
  .describe("How the platform knows that it lives.");

export const ServiceEntry = z.strictObject({
  id: id.describe("Its name, and the one under which others find it. Unique among all that may share a network with it."),
  host: id.describe("Where it runs."),
  kind: z
    .enum(["web", "worker", "task", "store", "proxy", "tunnel", "external"])
    .describe("`task` runs once and ends; `store` keeps what must not be lost; `external` is run by the platform and only has a name here."),
  says: text.describe("What it does, in a sentence."),
  image: z
    .strictObject({ variable: text.describe("What overrides it."), name: text.describe("Pinned; never `latest`.") })
    .optional()
    .describe("What it is started from."),
  build: z.strictObject({ context: text, dockerfile: text }).optional().describe("What the image is built from, where the platform builds it."),
  roles: z.array(z.enum(roles)).default([]).describe("Roles of ours in this process."),
  entrypoint: z.array(text).optional().describe("In place of the image's."),
  command: z.array(text).optional().describe("In place of the image's."),
  port: port.optional().describe("Where it listens, inside."),
  published: z
    .array(
      z.strictObject({
        port: port.describe("Outside."),
        to: port.describe("Inside."),
        reach: z.enum(["world", "machine"]).describe("`machine`: only programs of the same machine."),
      }),
    )
    .default([])
    .describe("What leaves the network of containers. Docker lets it past the host's firewall, so it is empty wherever it can be."),
  health: Health.optional(),
  limits: z.strictObject({ memoryMib: z.int().positive(), processors: z.number().positive() }).optional().describe("What it may take of its machine."),
  plan: z.string().optional().describe("The platform's name for the size that is paid for."),
  scaling: z.strictObject({ min: z.int().positive(), max: z.int().positive() }).default({ min: 1, max: 1 }).describe("How many of it there are."),
  sessions: z.int().min(0).default(0).describe("Database sessions that one of it opens at the most: its pool, and one that listens."),
  capacity: z.int().min(0).optional().describe("Of a database: how many sessions it gives out."),
  user: z.string().optional().describe("Whom it runs as inside; never root where it has a network."),
  readOnly: z.boolean().default(false).describe("Whether its file system is."),
  tmpfs: z.array(text).default([]).describe("Folders in memory that it may write."),
  capabilities: z.array(text).default([]).describe("What is given back of Linux' capabilities, after all were dropped."),
  devices: z.array(text).default([]).describe("Devices of the host that it may open."),
  volumes: z
    .array(z.strictObject({ volume: id, path: text }))
    .default([])
    .describe("What it keeps, and where it sees it."),
  files: z
    .array(z.strictObject({ file: text, path: text }))
    .default([])
    .describe("Files beside the rendered one that it may read."),
  networks: z.array(id).default([]).describe("Which networks it is on; none: it has no network at all."),
  environment: z.record(z.string(), z.string()).default({}).describe("Its variables; `{NAME}` refers to what an operator sets, see the environment."),
  after: z
    .array(z.strictObject({ service: id, until: z.enum(["healthy", "done"]) }))
    .default([])
    .describe("What it waits for."),
  stopSeconds: z.int().positive().default(10).describe("How long it may take to end before it is killed."),
  profile: z.string().optional().describe("It starts only where this is asked for."),
});

export const Address = z.strictObject({
  id: id.describe("What it is for: studio, api, media, console or cache."),
  name: text.describe("The public name."),
  variable: text.describe("What overrides it."),
  service: id.describe("Who answers."),
  port: port.describe("Where, inside."),
  protocol: z.enum(["https", "rediss"]),
});

export const Network = z.strictObject({
  id,
  internal: z.boolean().describe("True: nothing on it reaches the internet, nor is reached from there, by it alone."),
  says: text,
});

export const Link = z.strictObject({
  from: id,
  to: id,
  port,
  over: z
    .enum(["private", "tls", "tunnel", "allowlist"])
    .describe(
      "`private`: a network that both are on. `tls`: the internet, encrypted, with a secret. `tunnel`: a network of its own over the internet. `allowlist`: `tls`, from named addresses only.",
    ),
  says: text.describe("What for."),
});

export const Volume = z.strictObject({
  id,
  host: id,
  says: text,
  precious: z.boolean().describe("Whether it must be backed up; else it can be lost."),
});

export const Cost = z.strictObject({
  part: text.describe("What of it is paid for, as the bill calls it."),
  host: id.describe("Who is paid: the seller of this host."),
  sku: text.describe("The line of the price book. Of a size, the smallest that is deployed; how much of it follows from traffic."),
});

export const Topology = z.strictObject({
  kind: z.enum(["managed", "vps", "hybrid", "local"]),
  name: id.describe("What the names of its services begin with."),
  hosts: z.array(Host),
  services: z.array(ServiceEntry),
  addresses: z.array(Address),
  networks: z.array(Network),
  links: z.array(Link).describe("Who may reach whom. What is not listed need not work."),
  volumes: z.array(Volume),
  costs: z.array(Cost).describe("What is paid for, for `cooly plan`."),
});

export type Topology = z.infer<typeof Topology>;
export type TopologyKind = Topology["kind"];
export type ServiceEntry = z.infer<typeof ServiceEntry>;
export type ServiceDraft = z.input<typeof ServiceEntry>;
export type Host = z.infer<typeof Host>;
export type Link = z.infer<typeof Link>;
export type Volume = z.infer<typeof Volume>;
export type Address = z.infer<typeof Address>;
export type Network = z.infer<typeof Network>;
export type Cost = z.infer<typeof Cost>;
