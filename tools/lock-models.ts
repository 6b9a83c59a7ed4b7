/**
 * Locks versions of shipped manifests that are new. One that was changed without a new version is refused; `--unreleased` locks it anew, which
 * is right only as long as no release has that version.
 */
import { writeFileSync } from "node:fs";
import { complaintsOf, fingerprintsOf, lockFile, readLock, readManifests } from "./model-lock.ts";

const locked = readLock();
const now = fingerprintsOf(readManifests());
const isUnreleased = process.argv.includes("--unreleased");
const next = { ...now, ...(isUnreleased ? Object.fromEntries(Object.entries(locked).filter(([name]) => now[name] === undefined)) : locked) };
const names = Object.keys(next).toSorted((one, other) => (one < other ? -1 : 1));
writeFileSync(lockFile, `${JSON.stringify(Object.fromEntries(names.map((name) => [name, next[name]])), null, 2)}\n`);

const complaints = complaintsOf(now, next);
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
