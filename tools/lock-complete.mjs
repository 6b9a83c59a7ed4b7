// A registry may lack packages for other platforms, and a lock made from it lacks them too, so that `npm ci` elsewhere
// refuses it. This names every optional package that the lock mentions. With --check: says whether anything is missing.
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = ["darwin", "win32", "linux", "android", "freebsd", "openbsd", "netbsd", "sunos", "aix", "openharmony", "wasm32"];
const PROCESSORS = ["x64", "arm64", "arm", "ia32", "riscv64", "s390x", "ppc64", "ppc64le", "loong64", "mips64el", "wasm32"];

export function complete(lock) {
  const packages = { ...lock.packages };
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const version = range.replace(/^[\^~]/, "");
      if (/^\d/.test(version) && !resolves(packages, place, name)) packages[`node_modules/${name}`] = absentee(name, version);
    }
  }
  // An address says where this machine fetched from; only links to our own workspaces stay.
  for (const [place, entry] of Object.entries(packages)) {
    if (entry.resolved && !entry.link) packages[place] = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== "resolved"));
  }
  return { ...lock, packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function resolves(packages, from, name) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/")))) {
    if (packages[`${place ? `${place}/` : ""}node_modules/${name}`]) return true;
    if (!place.includes("/node_modules/")) return Boolean(packages[`node_modules/${name}`]);
  }
}

function absentee(name, version) {
  const words = name.split(/[-/_]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor) || (processor === "arm" && words.some((word) => /^armv?[67]/.test(word))));
  return { version, optional: true, ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(words.includes("musl") && { libc: ["musl"] }) };
}

if (process.argv[1]?.endsWith("lock-complete.mjs")) {
  const file = new URL("../package-lock.json", import.meta.url);
  const before = readFileSync(file, "utf8");
  const after = `${JSON.stringify(complete(JSON.parse(before)), null, 2)}\n`;
  if (process.argv.includes("--check")) process.exit(after === before ? 0 : 1);
  if (after !== before) writeFileSync(file, after);
}
