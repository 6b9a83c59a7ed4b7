// The servers that the tests need and npm does not have. Installed where that is allowed; else said plainly, and their tests fail.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { say } from "./bootstrap.mjs";

/** By program: the Debian package it comes in. */
const packages = {
  "redis-server": "redis-server",
  pgbouncer: "pgbouncer",
  "ceph-mon": "ceph-mon",
  "ceph-osd": "ceph-osd",
  radosgw: "radosgw",
};
// Debian keeps servers out of the PATH of ordinary people.
const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
const isThere = (program) => places.some((place) => place !== "" && existsSync(join(place, program)));
const missing = () => Object.keys(packages).filter((program) => !isThere(program));

export function findTestServers() {
  const lacking = missing();
  if (lacking.length === 0) return;
  const wanted = [...new Set(lacking.map((program) => packages[program]))];
  if (process.getuid?.() === 0 && isThere("apt-get")) install(wanted);
  const still = missing();
  if (still.length === 0) return;
  say(`The tests of ${still.join(", ")} will fail: this machine does not have ${still.length > 1 ? "them" : "it"}.`);
  say(`Install with: sudo apt-get install --no-install-recommends ${[...new Set(still.map((program) => packages[program]))].join(" ")}`);
}

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
