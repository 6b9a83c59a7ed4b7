/**
 * Starts one monitor, one disk in memory and one S3 server of Ceph, and ends them when the run that wanted them is gone.
 * `radosgw-keeper.ts <folder> <pid of the run>`; writes ready.json or failed.txt into the folder.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const [folder, runner] = process.argv.slice(2) as [string, string];
const PATHS = `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin`;
const environment = { PATH: PATHS, CEPH_CONF: join(folder, "ceph.conf") };
const STEP_MS = 30_000;
const USER = { accessKeyId: "testkey", secretAccessKey: "testsecret" };
const children: ChildProcess[] = [];

const run = (program: string, ...words: string[]) => promisify(execFile)(program, words, { env: environment, cwd: folder, timeout: STEP_MS });

async function begin(name: string, program: string, ...words: string[]): Promise<void> {
  const said = await open(join(folder, "log", `${name}.out`), "w");
  children.push(spawn(program, [...words, "-f"], { env: environment, cwd: folder, stdio: ["ignore", said.fd, said.fd] }));
  await said.close();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const configuration = ({ id, monitor, gateway, disk }: { id: string; monitor: number; gateway: number; disk: number }): string => `[global]
fsid = ${id}
mon host = v2:127.0.0.1:${monitor}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${folder}/keyring
run dir = ${folder}/run
log file = ${folder}/log/$name.log
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
mon allow pool size one = true
mon pg warn min per osd = 0
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
osd data = ${folder}/osd
mon data = ${folder}/mon
ms bind port min = ${disk}
ms bind port max = ${disk + 100}
public addr = 127.0.0.1
ms bind msgr1 = false
osd pool default pg autoscale mode = off
rgw enable usage log = false
rgw gc obj min wait = 1
[client]
rgw data = ${folder}/tmp
keyring = ${folder}/keyring
rgw frontends = beast endpoint=127.0.0.1:${gateway}
`;

async function start(): Promise<string> {
  for (const name of ["mon", "osd", "log", "run", "tmp"]) await mkdir(join(folder, name), { recursive: true });
  const [id, monitor, gateway] = [randomUUID(), await freePort(), await freePort()];
  // It looks for free ones from there itself.
  await writeFile(environment.CEPH_CONF, configuration({ id, monitor, gateway, disk: 20_000 + Math.floor(Math.random() * 8_000) }));
  const keyring = join(folder, "keyring");
  const allowed = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *", "--cap", "mds", "allow *"];
  await run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
  await run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", ...allowed);
  await run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *");
  await run("monmaptool", "--create", "--addv", "a", `[v2:127.0.0.1:${monitor}]`, "--fsid", id, join(folder, "monmap"));
  await run("ceph-mon", "--mkfs", "-i", "a", "--monmap", join(folder, "monmap"), "--keyring", keyring);
  await begin("mon", "ceph-mon", "-i", "a");
  const disk = randomUUID();
  await run("ceph", "osd", "new", disk);
  await run("ceph", "auth", "import", "-i", keyring);
  await run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk);
  await begin("osd", "ceph-osd", "-i", "0");
  await until(async () => (await run("ceph", "osd", "stat", "--format", "json")).stdout.includes('"num_up_osds":1'));
  await run("ceph", "osd", "crush", "add", "osd.0", "1", "root=default", "host=localhost");
  await run("radosgw-admin", "user", "create", "--uid=t", "--display-name=t", `--access-key=${USER.accessKeyId}`, `--secret-key=${USER.secretAccessKey}`);
  await begin("rgw", "radosgw", "-n", "client.admin", "--keyring", keyring);
  const endpoint = `http://127.0.0.1:${gateway}`;
  await until(async () => (await fetch(endpoint)).status < 500);
  return endpoint;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + STEP_MS; ; await sleep(100)) {
    if (await holds().catch(() => false)) return;
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error("a part of it has ended, see log/*.out");
    if (Date.now() > deadline) throw new Error("a part of it does not answer, see log/*.out");
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let ending = false;
process.once("SIGTERM", () => (ending = true));

try {
  const endpoint = await start();
  // Whole, or not there yet.
  await writeFile(join(folder, "starting.json"), JSON.stringify({ endpoint, ...USER, keeper: process.pid }));
  await rename(join(folder, "starting.json"), join(folder, "ready.json"));
  while (!ending && isThere(Number(runner))) await sleep(500);
} catch (error) {
  const { message, stderr = "" } = error as Error & { stderr?: string };
  await writeFile(join(folder, "failed.txt"), `${message} ${stderr}\nInstall with: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd`).catch(
    () => undefined,
  );
} finally {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  // A run that was killed takes nothing away; one that is at its end has others there, or does it itself.
  if (!ending) await rmdir(dirname(folder)).catch(() => undefined);
}
