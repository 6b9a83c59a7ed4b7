/** From one topology's variables to another's, with a line about each of the old ones and each of the new. */
import { storeIn } from "./check.ts";
import { formerOf, isCarried, redirects } from "./former.ts";
import { fillIn, type Chance } from "./make.ts";
import type { Setting } from "./setting.ts";
import { environmentOf, type EnvironmentOptions } from "./sets.ts";
import type { TopologyName } from "./topologies.ts";
import { variables, type Variable } from "./variables.ts";
import { isExample } from "./weak.ts";

export type MapAction = "kept" | "renamed" | "generated" | "must change" | "to fill in" | "not needed" | "not known";

export interface MapRow {
  /** As the old file has it; as the new one has it, where it is new. */
  readonly name: string;
  readonly action: MapAction;
  /** Its name in the new file, where it has another. */
  readonly to?: string;
  readonly why: string;
}

export interface MapWish extends EnvironmentOptions {
  readonly from: TopologyName;
  readonly to: TopologyName;
  readonly old: ReadonlyMap<string, string>;
  readonly chance: Chance;
}

export interface Mapped {
  readonly settings: readonly Setting[];
  readonly values: ReadonlyMap<string, string>;
  /** Not read by this version, and kept. */
  readonly carried: ReadonlyMap<string, string>;
  readonly rows: readonly MapRow[];
}

interface Verdict {
  readonly row: MapRow;
  /** What goes into the new file. */
  readonly sets?: readonly [string, string];
  readonly carries?: boolean;
}

export function mapEnvironment({ from, to, old, chance, ...options }: MapWish): Mapped {
  const hasBucket = ["S3_BUCKET_NAME", "B2_BUCKET_NAME"].some((name) => (old.get(name) ?? "") !== "");
  const mediaAt = hasBucket ? storeIn(old, from) : null;
  // Media stay where they are unless somebody says otherwise: a bucket elsewhere is as good for the new place.
  const store = options.objectStore ?? (mediaAt === "external" ? "external" : undefined);
  const settings = environmentOf(to, { ...options, ...(store ? { objectStore: store } : {}) });
  const move: Move = {
    from,
    to,
    settings: new Map(settings.map((setting) => [setting.name, setting])),
    moving: mediaAt === "external" && store !== "external",
    keepsBucket: mediaAt === "external" && store === "external",
  };
  const judged = [...old].filter(([, value]) => value !== "").map(([name, value]) => judge(move, name, value));
  const { verdicts, given } = settle(judged);
  if (move.keepsBucket) keepAddress(old, given);
  const values = fillIn(settings, chance, given);
  return {
    settings,
    values,
    carried: new Map(verdicts.flatMap(({ row, carries }) => (carries ? [[row.name, old.get(row.name)!] as const] : []))),
    rows: [...verdicts.map(({ row }) => withNew(row, values, move)), ...fresh(settings, values, (name) => given.has(name) || (old.get(name) ?? "") !== "")],
  };
}

/** Of several old names for one new the same one counts, else the first: what the others say is not lost without a word. */
function settle(judged: readonly Verdict[]): { verdicts: readonly Verdict[]; given: Map<string, string> } {
  const setting = judged.filter(({ sets }) => sets !== undefined);
  const winners = new Map(
    [...Map.groupBy(setting, ({ sets }) => sets![0])].map(([name, some]) => [name, some.find(({ row }) => row.name === name) ?? some[0]!]),
  );
  const verdicts = judged.map((verdict): Verdict => {
    const winner = verdict.sets && winners.get(verdict.sets[0])!;
    if (winner === undefined || winner.sets![1] === verdict.sets![1]) return verdict;
    return { row: { name: verdict.row.name, action: "not needed", why: `${winner.row.name} says it too, and otherwise; that one counts.` } };
  });
  return { verdicts, given: new Map([...winners].map(([name, { sets }]) => [name, sets![1]])) };
}

/** A bucket at AWS may do without an address; what follows from a region is the one of Backblaze. */
function keepAddress(old: ReadonlyMap<string, string>, given: Map<string, string>): void {
  if (given.has("S3_ENDPOINT") || (old.get("B2_BUCKET_NAME") ?? "") !== "") return;
  given.set("S3_ENDPOINT", `https://s3.${given.get("S3_REGION") ?? "us-east-1"}.amazonaws.com`);
}

interface Move {
  readonly from: TopologyName;
  readonly to: TopologyName;
  readonly settings: ReadonlyMap<string, Setting>;
  /** Whether media go from a bucket elsewhere to a server of one's own. */
  readonly moving: boolean;
  readonly keepsBucket: boolean;
}

const all: readonly Variable[] = variables;
const aliasOf = (name: string): string | undefined => all.find(({ aliases = [] }) => aliases.includes(name))?.name;

const SWITCHES = ["START_GEN_WORKER", "START_OUTBOX_RELAY", "ENABLE_CAPTURE_WORKER", "ENABLE_SESSION_SWEEPER"];
const LISTENING = ["PORT", "HOST"];
const MINIO = ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"];
const REDIS_PARTS = ["REDIS_PASSWORD", "REDIS_PORT", "REDIS_HOST"];

function judge(move: Move, name: string, value: string): Verdict {
  const row = (action: MapAction, why: string, to?: string): MapRow => ({ name, action, why, ...(to !== undefined && to !== name ? { to } : {}) });
  if (name === "USE_BULLMQ") return { row: row("renamed", queueSays(move), "QUEUE_DRIVER") };
  if (REDIS_PARTS.includes(name)) return { row: redisPart(move, row) };
  if (MINIO.includes(name)) return { row: minio(move, row, name) };
  if (name === "ALLOWED_ORIGINS") return { row: row("must change", "It names the old place; the studio's own origin is allowed without it.") };
  if (LISTENING.includes(name) && move.to !== "embedded") return { row: row("not needed", "Each process listens where its own file says.") };
  if (SWITCHES.includes(name)) return { row: row("not needed", "Each process is started for its roles.") };
  if (Object.hasOwn(redirects, name)) return { row: row("must change", `It holds an address of the old place: ${redirects[name]!}.`), carries: false };
  const before = formerOf(name);
  if (before && "gone" in before) return { row: row("not needed", before.gone) };
  const own = before && "to" in before ? before.to : (aliasOf(name) ?? name);
  if (move.moving && own.startsWith("S3_")) return fallback(own, value, row);
  if (move.moving && own.startsWith("STORAGE_FALLBACK_"))
    return { row: row("must change", "There is one fallback, and it is the bucket that media are in now: end the move that is under way first.") };
  const setting = move.settings.get(own);
  if (setting) return place({ move, setting, row }, { name, value });
  if (all.some((known) => known.name === own)) return { row: row("not needed", unused(own, move)) };
  if (isCarried(name)) return { row: row("kept", "Nothing of this version reads it; it is kept for the one that does."), carries: true };
  if (environmentOf(move.from).some((setting) => setting.name === own))
    return { row: row("not needed", `It belongs to a part of ${move.from} that ${move.to} does not have.`) };
  return before
    ? { row: row("not needed", `${own} is of no use in ${move.to}.`) }
    : { row: row("not known", "Neither ours nor of the application before; left out.") };
}

type RowOf = (action: MapAction, why: string, to?: string) => MapRow;

function place({ move, setting, row }: { move: Move; setting: Setting; row: RowOf }, { name, value }: { name: string; value: string }): Verdict {
  const own = setting.name;
  if (name === "JWT_SECRET") return { row: row("generated", "Sessions of the application before end; a new secret signs.", own) };
  if (isExample(value) && setting.secret) return { row: row("generated", "The old one was an example.", own) };
  // A bucket that stays keeps its address too.
  const stays = own.startsWith("S3_") && move.keepsBucket;
  if (stays) return { row: own === name ? row("kept", "") : row("renamed", "", own), sets: [own, value] };
  if (setting.from === "derived" || setting.from === "fixed") return { row: row("must change", reasonFor(own, move), own) };
  if (own === "DATABASE_URL" && move.from !== move.to) return { row: row("must change", reasonFor(own, move), own) };
  if (own === "CACHE_URL" && move.from !== move.to)
    return {
      row:
        setting.from === "optional"
          ? row("not needed", "Sessions are kept beside, not in the Redis of the old place.")
          : row("must change", reasonFor(own, move)),
    };
  if (own.startsWith("S3_") && move.from !== move.to) return { row: row("must change", reasonFor(own, move), own) };
  if (setting.from === "generated" && !KEPT_SECRETS.includes(own) && move.from !== move.to)
    return { row: row("generated", "A new place has a new password.", own) };
  if (own === "DOMAIN" && move.from !== move.to) return { row: row("must change", reasonFor(own, move)) };
  return { row: own === name ? row("kept", "") : row("renamed", "", own), sets: [own, value] };
}

/** Sessions, links and those who read the figures go on with these. */
const KEPT_SECRETS = ["AUTH_SECRET", "METRICS_TOKEN"];

const POOLS = "The rendered files size the pool of each process, so that all of them fit the database's connections.";

function reasonFor(name: string, { to }: Move): string {
  if (name === "DATABASE_URL")
    return to === "vps" || to === "local"
      ? "There is a database of its own; the old one is what pg_dump reads from."
      : "The database is another one; the old one is what pg_dump reads from.";
  if (name.startsWith("S3_")) return "Media are kept elsewhere; docs/operate/storage.md has how they move.";
  if (name === "REDIS_URL" || name === "QUEUE_DRIVER") return "The queue is another one; what waits is announced again there.";
  if (name === "DATABASE_POOL_MAX") return POOLS;
  if (name === "TRUSTED_PROXY_HOPS") return "Other proxies stand before it.";
  return "It names the old place.";
}

const queueSays = ({ settings }: Move): string => `The queue is ${settings.get("QUEUE_DRIVER")?.value ?? "postgres"}.`;

function redisPart({ settings }: Move, row: RowOf): MapRow {
  if (!settings.has("REDIS_URL")) return row("not needed", "No Redis carries the queue here.");
  return row("renamed", "Host, port and password are one address; the password is made anew.", "REDIS_URL");
}

/** The root's name and password were the keys of every process. */
function minio({ settings, keepsBucket }: Move, row: RowOf, name: string): MapRow {
  const to = name === "MINIO_ROOT_USER" ? "S3_ACCESS_KEY_ID" : "S3_SECRET_ACCESS_KEY";
  if (keepsBucket) return row("not needed", "Media are in a bucket elsewhere.");
  return settings.get(to)?.from === "generated"
    ? row("generated", "The processes have keys of their own, not the root's.", to)
    : row("not needed", "The bucket has keys of its own.");
}

function fallback(own: string, value: string, row: RowOf): Verdict {
  const name = own === "S3_PUBLIC_ENDPOINT" ? "STORAGE_FALLBACK_PUBLIC_ENDPOINT" : own.replace("S3_", "STORAGE_FALLBACK_");
  return { row: row("renamed", "What the new bucket lacks is read from the old one until it is copied.", name), sets: [name, value] };
}

function unused(name: string, { to }: Move): string {
  if (name.startsWith("SQS_") || name.startsWith("AWS_")) return "Redis beside the workers carries the queue.";
  if (name === "REDIS_URL" || name === "QUEUE_PREFIX") return "SQS carries the queue.";
  if (name === "DATABASE_POOL_MAX") return POOLS;
  if (name === "STORAGE_DIR") return "Media are in a bucket.";
  return `It is of no use in ${to}.`;
}

/** What stands there now is worth a word, as long as it is no secret. */
function withNew(row: MapRow, values: ReadonlyMap<string, string>, { settings }: Move): MapRow {
  if (row.action !== "must change" && row.name !== "USE_BULLMQ") return row;
  const name = row.to ?? row.name;
  const [value, secret] = [values.get(name), settings.get(name)?.secret !== false];
  if ((settings.get(name)?.from ?? "optional") === "optional") return row;
  if (value === undefined) return { ...row, why: `${row.why} You fill it in.` };
  return secret || row.name === "USE_BULLMQ" ? row : { ...row, why: `${row.why} It is ${value} now.` };
}

/** What the old file said nothing about. */
function fresh(settings: readonly Setting[], values: ReadonlyMap<string, string>, isOld: (name: string) => boolean): readonly MapRow[] {
  return settings.flatMap(({ name, from, asks }): MapRow[] => {
    if (isOld(name)) return [];
    if (from === "generated") return [{ name, action: "generated", why: "" }];
    return from === "asked" && !values.has(name) ? [{ name, action: "to fill in", why: asks ?? "" }] : [];
  });
}
