/** `server task doctor`: looks at every part that is configured by doing what the product does with it, and says whether a generation will work. */
import { join, resolve } from "node:path";
import { migrate } from "@cooly/engine";
import type { Finding } from "@cooly/engine/ports";
import { roles, type RoleName } from "@cooly/topology";
import { z } from "zod";
import { ConfigurationProblem, readConfiguration, type Configuration } from "../configuration.ts";
import { explain } from "../database-check.ts";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { readRunning } from "../home.ts";
import { signs } from "../roles.ts";
import { chooseQueue } from "../queue.ts";
import { chooseStorage } from "../storage.ts";
import { examineDatabase } from "./database.ts";
import { examineFolder } from "./disk.ts";
import { examineApi, examineName, type PublicName } from "./public-name.ts";
import { examineMakers } from "./makers.ts";
import { examineMedia } from "./media.ts";
import { examineCache, examineKept, examineQueue } from "./vendors.ts";
import { programs } from "../vendors.ts";

export interface Diagnosis {
  /** Whether a generation will work. */
  readonly verdict: "yes" | "no";
  /** What keeps it from working; null where nothing does. */
  readonly why: string | null;
  readonly findings: readonly (Finding & { readonly part: string; readonly doc: string })[];
}

const Wish = z.object({ topology: z.enum(["embedded", "managed", "vps", "hybrid"]).optional(), roles: z.array(z.enum(roles)).default([...roles]) });
const BROKEN = ".broken";
const MANUAL = "docs/operate/doctor.md";

interface Part {
  readonly name: string;
  examine(): Promise<readonly Finding[]>;
}

const PATIENCE_MS = 60_000;

export async function diagnose(environment: NodeJS.ProcessEnv, envFile: string, options: unknown): Promise<Diagnosis> {
  const { topology, roles: own } = Wish.parse(options);
  const read = readAll(environment, envFile);
  if (!read.configuration) return judge([{ part: "configuration", findings: read.findings }]);
  const { configuration } = read;
  const given = configuration.text("DATABASE_URL");
  const embedded = given === null ? await openEmbedded(configuration) : null;
  try {
    const databaseUrl = given ?? embedded!.url;
    const database: Part = {
      name: "database",
      examine: async () =>
        databaseUrl === null
          ? embedded!.findings
          : examineDatabase({ databaseUrl, directUrl: configuration.text("DATABASE_DIRECT_URL"), poolMax: configuration.number("DATABASE_POOL_MAX") ?? 10 }),
    };
    const found = await Promise.all(
      [database, ...partsOf(configuration, databaseUrl)].map(async (part) => ({ part: part.name, findings: await within(part) })),
    );
    return judge([{ part: "configuration", findings: [...read.findings, ...lacking(configuration, own), ...differing(configuration, topology)] }, ...found]);
  } finally {
    await embedded?.stop();
  }
}

function judge(found: readonly { part: string; findings: readonly Finding[] }[]): Diagnosis {
  const findings = found.flatMap(({ part, findings: some }) =>
    some.map((finding) => ({
      part,
      ...finding,
      doc: finding.code.endsWith(BROKEN) ? MANUAL : `${MANUAL}#${finding.code.replace(".fallback.", ".").replaceAll(/[._]/g, "-")}`,
    })),
  );
  const failure = findings.find(({ level }) => level === "failure");
  return { verdict: failure ? "no" : "yes", why: failure?.says ?? null, findings };
}

/** A part whose look itself fails or never ends is no good either. */
async function within({ name, examine }: Part): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => late.resolve([broken(name, `no answer within ${PATIENCE_MS / 1000} s`)]), PATIENCE_MS);
  return Promise.race([examine(), late.promise])
    .catch((error: unknown) => [broken(name, error instanceof Error ? error.message : String(error))])
    .finally(() => clearTimeout(timer));
}

const broken = (part: string, cause: string): Finding => ({ code: `${part}${BROKEN}`, level: "failure", says: `The ${part} could not be looked at.`, cause });

function readAll(environment: NodeJS.ProcessEnv, envFile: string): { configuration: Configuration | null; findings: readonly Finding[] } {
  try {
    const { configuration, warnings } = readConfiguration(environment, { roles, envFile });
    return { configuration, findings: warnings.map((says) => ({ code: "configuration.doubt", level: "warning" as const, says })) };
  } catch (error) {
    if (!(error instanceof ConfigurationProblem)) throw error;
    const findings = error.message.split("\n").map((says) => ({ code: "configuration.wrong", level: "failure" as const, says }));
    return { configuration: null, findings };
  }
}

/** With a database of one's own, processes are started by `cooly serve`, which makes no secrets. */
function lacking(configuration: Configuration, own: readonly RoleName[]): readonly Finding[] {
  if (!own.some(signs)) return [];
  if (configuration.text("DATABASE_URL") === null || configuration.text("AUTH_SECRET") !== null) return [];
  if (readRunning(configuration.home)) return [];
  return [
    {
      code: "configuration.secret",
      level: "failure",
      says: "AUTH_SECRET is not set.",
      cause: "`cooly serve` signs sessions and links with it; only `npm start` makes one by itself.",
      fix: "Set it to the output of `openssl rand -base64 32`, the same in every process.",
    },
  ];
}

const usual = {
  embedded: { queue: "postgres", storage: "filesystem" },
  managed: { queue: "sqs", storage: "s3" },
  vps: { queue: "bullmq", storage: "s3" },
  hybrid: { queue: "bullmq", storage: "s3" },
} as const;

function differing(configuration: Configuration, topology: keyof typeof usual | undefined): readonly Finding[] {
  if (topology === undefined) return [];
  const has = { queue: chooseQueue(configuration), storage: chooseStorage(configuration) };
  return (["queue", "storage"] as const).flatMap((part) => {
    const wanted = usual[topology][part];
    if (wanted === has[part]) return [];
    const says = `The ${part} is ${has[part]}; the topology ${topology} has ${wanted}.`;
    return [
      {
        code: "configuration.topology",
        level: "warning" as const,
        says,
        fix: "Set what that part needs (docs/reference/environment.md), or leave it: any mix works.",
      },
    ];
  });
}

interface Embedded {
  readonly url: string | null;
  readonly findings: readonly Finding[];
  stop(): Promise<void>;
}

// Beside a running `npm start` this joins its database; alone it starts that database for as long as this takes.
async function openEmbedded({ home }: Configuration): Promise<Embedded> {
  try {
    const server = await startEmbeddedPostgres({ home, durable: true });
    await migrate({ connectionString: server.url });
    return { url: server.url, findings: [], stop: () => server.stop() };
  } catch (error) {
    const finding: Finding = { code: "database.unreachable", level: "failure", says: "The embedded PostgreSQL does not start.", cause: explain(error) };
    return { url: null, findings: [finding], stop: async () => undefined };
  }
}

function partsOf(configuration: Configuration, databaseUrl: string | null): readonly Part[] {
  const names = namesOf(configuration);
  const scratch = {
    holds: "results on their way",
    directory: resolve(configuration.text("SCRATCH_DIR") ?? join(configuration.home, "scratch")),
    variable: "SCRATCH_DIR",
  };
  return [
    { name: "queue", examine: () => examineQueue(configuration, databaseUrl) },
    { name: "cache", examine: () => examineCache(configuration) },
    { name: "storage", examine: () => examineKept(configuration) },
    { name: "disk", examine: () => examineFolder(scratch) },
    { name: "media", examine: () => examineMedia(programs()) },
    { name: "providers", examine: () => examineMakers(configuration) },
    ...names.map((name) => ({ name: "public address", examine: () => examinePlace(name) })),
  ];
}

async function examinePlace(name: PublicName): Promise<readonly Finding[]> {
  const seen = await examineName(name);
  const asksApi = name.variable === "PUBLIC_URL" && !seen.some(({ level }) => level === "failure");
  return asksApi ? [...seen, ...(await examineApi(name))] : seen;
}

function namesOf(configuration: Configuration): readonly PublicName[] {
  const api = configuration.text("PUBLIC_URL") ?? readRunning(configuration.home)?.url ?? null;
  const others = (["FRONTEND_URL", "S3_PUBLIC_ENDPOINT"] as const).flatMap((variable) => {
    const url = configuration.text(variable);
    return url === null || url === api ? [] : [{ variable, url }];
  });
  return [...(api === null ? [] : [{ variable: "PUBLIC_URL", url: api }]), ...others];
}
