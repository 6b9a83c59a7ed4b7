// The servers that the tests need and npm does not have. Installed where that is allowed; else said plainly, and their tests fail.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { say } from "./bootstrap.mjs";

/** By program: the Debian package it comes in. */
const serverPackages = {
  "redis-server": "redis-server",
  pgbouncer: "pgbouncer",
  "ceph-mon": "ceph-mon",
  "ceph-osd": "ceph-osd",
  radosgw: "radosgw",
};
// Debian keeps servers out of the PATH of ordinary people.
const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
const isThere = (program) => places.some((place) => place !== "" && existsSync(join(place, program)));
const isRoot = process.getuid?.() === 0;

/** Answers what is still missing after what may be installed has been. */
function find(packages) {
  const missing = () => Object.keys(packages).filter((program) => !isThere(program));
  const namesOf = (programs) => [...new Set(programs.map((program) => packages[program]))];
  if (missing().length > 0 && isRoot && isThere("apt-get")) install(namesOf(missing()));
  const still = missing();
  if (still.length > 0) say(`Install with: sudo apt-get install --no-install-recommends ${namesOf(still).join(" ")}`);
  return still;
}

export function findTestServers() {
  const lacking = find(serverPackages);
  if (lacking.length > 0) say(`The tests of ${lacking.join(", ")} will fail: this machine does not have ${lacking.length > 1 ? "them" : "it"}.`);
}

/** Docker's engine is started by the tests themselves, in networks that they make: it has to be there, and they have to be root. */
const enginePackages = {
  dockerd: "docker.io",
  "docker-compose": "docker-compose",
  debootstrap: "debootstrap",
  iptables: "iptables",
  ip: "iproute2",
  nsenter: "util-linux",
};

/** Null, or why deployments cannot be started here. */
export function lackOfEngine() {
  if (process.platform !== "linux" || !isRoot) return "they make networks and start Docker's engine in them, which only root may, on Linux";
  const lacking = find(enginePackages);
  if (lacking.length > 0) return `this machine does not have ${lacking.join(", ")}`;
  const folder = mkdtempSync(join(tmpdir(), "cooly-engine-"));
  const { status, stdout } = spawnSync("sh", ["-c", PROBE, "sh", folder], { encoding: "utf8" });
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? null : `Docker's engine does not start: ${stdout.trim()}`;
}

/** Whether it may do here what it has to: some containers forbid it. */
const PROBE = `dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/engine.sock" >"$1/log" 2>&1 &
for _ in $(seq 60); do
  if docker --host "unix://$1/engine.sock" info >/dev/null 2>&1; then kill $!; wait $!; exit 0; fi
  kill -0 $! 2>/dev/null || break
  sleep 0.3
done
kill $! 2>/dev/null; tail -n 1 "$1/log"; exit 1`;

// Nobody wants them to run as services of this machine.
const policy = "/usr/sbin/policy-rc.d";

function install(wanted) {
  say(`Installing ${wanted.join(", ")} for the tests ...`);
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const apt = (...words) => spawnSync("apt-get", words, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  try {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", ...wanted);
  } finally {
    if (isOurs) rmSync(policy);
  }
}
