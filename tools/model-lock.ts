/** What each version of a shipped manifest is, by its fingerprint: an installation keeps the first that it sees of a version. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../packages/engine/src/catalogue/models/", import.meta.url);
export const lockFile = fileURLToPath(new URL("../packages/engine/src/catalogue/models.lock.json", import.meta.url));

/** By "id@version". */
export type Fingerprints = Readonly<Record<string, string>>;

interface Named {
  readonly id: string;
  readonly version: number;
}

export const readLock = (): Fingerprints => JSON.parse(readFileSync(lockFile, "utf8")) as Fingerprints;

export function readManifests(): readonly Named[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.flatMap((name) => [JSON.parse(readFileSync(new URL(name, folder), "utf8"))].flat() as Named[]);
}

export const fingerprintsOf = (manifests: readonly Named[]): Fingerprints =>
  Object.fromEntries(manifests.map((manifest) => [`${manifest.id}@${manifest.version}`, fingerprintOf(manifest)] as const));

const fingerprintOf = (manifest: Named): string =>
  createHash("sha256")
    .update(JSON.stringify(sorted(manifest)))
    .digest("hex");

/** In what order members are written makes no other manifest. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/** A sentence for each manifest that is not as it was locked. */
export function complaintsOf(now: Fingerprints, locked: Fingerprints): readonly string[] {
  return Object.entries(now).flatMap(([name, fingerprint]) => {
    const [id, version] = name.split("@");
    if (locked[name] === undefined) return [`${id} has a version ${version} that is not locked: run "node tools/lock-models.ts".`];
    if (locked[name] === fingerprint) return [];
    return [`${id} was changed and is still version ${version}: give it the version ${Number(version) + 1}, then run "node tools/lock-models.ts".`];
  });
}
