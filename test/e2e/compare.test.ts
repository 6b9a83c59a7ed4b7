/** Two installations, one of them 150 ms away, and what `cooly compare` finds of them. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Comparison, Row } from "../../apps/cli/src/compare/comparison.ts";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { openHttpFaultProxy, type Asked, type HttpFaultProxy, type Treatment } from "../rig/http-fault-proxy.ts";
import { openInstallation, type Installation } from "../rig/installation.ts";
import { cooly, root, startServer, stopServer } from "../running-server.ts";
import { blocksOf } from "../deploy/guide-blocks.ts";
import { launchChromium } from "./chromium.ts";
import { look } from "./looks.ts";

const FAR_MS = 150;
/** As far as one file has to be to be told apart. */
const FURTHER_MS = 50;
const START_MS = 180_000;
const ROLES = ["api", "relay", "gen", "capture", "sweeper"];

let near: Installation;
let far: Installation;
let way: HttpFaultProxy;
let browser: Browser;
let keys: Readonly<Record<"COOLY_KEY_A" | "COOLY_KEY_B", string>>;
let delayMs = FAR_MS;
/** What becomes of requests on this way. */
let treat: (asked: Asked) => Treatment = () => ({});
/** As a limit in front of an installation answers. */
const tooMany = { status: 429, headers: { "retry-after": "1" }, body: Buffer.from("slow down") };
const nameOf = ({ headers }: Asked): string => String(headers["idempotency-key"] ?? "");

async function keyOf({ house }: Installation, credits: number): Promise<string> {
  const made = await house.later(["user", "add", "a@b.co", "--credits", String(credits), "--json"]);
  const key = await house.later(["key", "add", "a@b.co", "--json"]);
  if (made.status !== 0 || key.status !== 0) throw new Error(made.stderr + key.stderr);
  return (JSON.parse(key.stdout) as { key: string }).key;
}

beforeAll(async () => {
  way = await openHttpFaultProxy(
    () => far.url(),
    (asked) => ({ delayMs, ...treat(asked) }),
  );
  [near, far, browser] = await Promise.all([openInstallation(), openInstallation({ environment: { PUBLIC_URL: way.url } }), launchChromium()]);
  await Promise.all([near.start([ROLES]), far.start([ROLES])]);
  keys = { COOLY_KEY_A: await keyOf(near, 1000), COOLY_KEY_B: await keyOf(far, 1000) };
  Object.assign(near.house.environment, keys);
}, START_MS);

afterAll(async () => {
  await Promise.all([browser?.close(), near?.close(), far?.close()]);
  await way?.close();
}, START_MS);

const compare = (...words: string[]) => near.house.later(["compare", "--a", near.url(), "--b", way.url, ...words]);
const refusalOf = (stdout: string) => (JSON.parse(stdout) as { error: { code: string; message: string } }).error;

test("it finds who is further away and by how much, and the report opens without an error, light and dark, wide and narrow", async () => {
  const out = join(near.house.home, "report.html");
  const { status, stdout, stderr } = await compare("--rounds", "3", "--users-max", "2", "--target-ms", "2000", "--out", out, "--json");
  expect([status, stderr]).toEqual([0, ""]);
  const found = JSON.parse(stdout) as Comparison;
  const row = (id: string): Row => found.rows.find((one) => one.id === id)!;
  for (const id of ["accept_p50", "read_p50", "bare_p50", "media"]) {
    const { a, b, faster } = row(id);
    expect(faster, id).toBe("a");
    expect(b.median - a.median, id).toBeGreaterThan(FAR_MS * 0.8);
    expect(b.median - a.median, id).toBeLessThan(FAR_MS * 2);
  }
  // The way to it says nothing of its database or of its workers.
  for (const id of ["database", "pick_up", "generation"]) expect(row(id).b.median - row(id).a.median, id).toBeLessThan(FAR_MS * 0.8);
  expect(found.users).toMatchObject({ a: { met: 2, missed: null }, b: { met: 2, missed: null } });
  expect(found).toMatchObject({ carriesMore: "even", ordered: { a: 19, b: 19 }, prefix: "cooly compare 1" });
  await expectFound(found.prefix);

  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  page.on("request", (request) => void (/^(file|data):/.test(request.url()) || errors.push(request.url())));
  await page.goto(pathToFileURL(out).href);
  await page.getByRole("heading", { name: "Two installations of Cooly, compared" }).waitFor();
  await look(page, "compare", { plain: true });
  expect(errors).toEqual([]);
  const html = await readFile(out, "utf8");
  for (const key of Object.values(keys)) expect(html + stdout).not.toContain(key);
}, 180_000);

/** Everything that was ordered, by what the answer said to search for. */
async function expectFound(prefix: string): Promise<void> {
  const headers = { authorization: `Bearer ${keys.COOLY_KEY_A}` };
  const reply = await fetch(`${near.url()}/v1/generations?limit=100&q=${encodeURIComponent(prefix)}`, { headers });
  expect(((await reply.json()) as { data: readonly object[] }).data).toHaveLength(19);
}

const countOf = async ({ pool }: Installation): Promise<number> =>
  (await pool.query<{ count: number }>("select count(*)::int as count from generations")).rows[0]!.count;

test("whoever cannot be compared is told why, and nothing is ordered", async () => {
  delayMs = 0;
  const before = await countOf(near);
  const closed = await freePort(0, "127.0.0.1");
  const stranger = createServer((_, response) => response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}'));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as AddressInfo;
  const told = async (words: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    Object.assign(near.house.environment, keys, more);
    const { stdout, status } = await near.house.later(["compare", ...words, "--json"]);
    expect(status).toBe(1);
    return refusalOf(stdout);
  };
  expect(await told(["--a", near.url(), "--b", `http://127.0.0.1:${closed}`])).toEqual({
    code: "unreachable",
    message: `b does not answer: http://127.0.0.1:${closed}/v1/config (ECONNREFUSED)`,
  });
  expect(await told(["--a", `http://127.0.0.1:${port}`, "--b", far.url()])).toMatchObject({
    code: "not_cooly",
    message: expect.stringContaining("a is not Cooly"),
  });
  expect(await told(["--a", near.url(), "--b", far.url()], { COOLY_KEY_B: "ck_no" })).toMatchObject({
    code: "key_refused",
    message: expect.stringContaining("b refuses its key: "),
  });
  expect(await told(["--a", near.url(), "--b", far.url(), "--users-max", "256"])).toMatchObject({
    code: "insufficient_credits",
    message: expect.stringMatching(/^a needs up to 2065 credits for 2065 generations at 1, and has \d+\. Nothing was ordered\./),
  });
  Object.assign(near.house.environment, keys);
  stranger.close();
  expect(await countOf(near)).toBe(before);
}, 60_000);

test("an installation beside itself makes everything twice", async () => {
  const before = await countOf(near);
  Object.assign(near.house.environment, { COOLY_KEY_B: keys.COOLY_KEY_A });
  const { status, stdout } = await near.house.later(["compare", "--a", near.url(), "--b", near.url(), "--rounds", "3", "--users-max", "0", "--json"]);
  Object.assign(near.house.environment, keys);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ordered: { a: 13, b: 13 }, carriesMore: "even" });
  expect(await countOf(near)).toBe(before + 26);
}, 60_000);

test("a Ctrl-C ends it, and what was ordered", async () => {
  delayMs = 0;
  const running = near.house.operator("compare", "--a", near.url(), "--b", far.url(), "--rounds", "50", "--users-max", "0");
  await running.says("round 2 of 50");
  running.child.kill("SIGINT");
  expect(await running.ended).toBe(130);
  expect(running.said()).toContain("Interrupted. Asked to cancel what had not ended:");
  await expect.poll(() => near.unsettled()).toBe(0);
  await expect.poll(() => far.unsettled()).toBe(0);
}, 60_000);

test("a limit of requests is no slowness: users who meet one say nothing of how many there may be", async () => {
  delayMs = 0;
  treat = (asked) => (nameOf(asked).includes("-users2-") ? { instead: tooMany } : {});
  const { stdout, status } = await compare("--rounds", "3", "--users-max", "2", "--target-ms", "10000", "--json");
  treat = () => ({});
  expect(status).toBe(0);
  const { users, carriesMore } = JSON.parse(stdout) as Comparison;
  expect(users.b).toMatchObject({ met: 1, missed: 2, because: "rate_limited" });
  expect(carriesMore).toBe("even");
}, 120_000);

test("what had not ended when a step was missed is canceled, and told", async () => {
  delayMs = 0;
  await far.stop();
  const [, worker] = await far.start([["api", "relay", "capture", "sweeper"], ["gen"]]);
  let [lost, refusals] = [0, 0];
  treat = (asked) => {
    const ofTwo = nameOf(asked).includes("-users2-");
    // Two users order from workers that have gone to sleep; one is not answered, and one may not look, nor cancel at first.
    if (ofTwo) worker!.child.kill("SIGSTOP");
    if (ofTwo && (lost += 1) === 1) return { drop: "after" };
    if (!worker!.child.killed) return {};
    const refused = asked.path.endsWith("/cancel") ? (refusals += 1) <= 2 : /^\/v1\/generations\/gen_\w+$/.test(asked.path);
    return refused ? { instead: tooMany } : {};
  };
  const { stdout, status } = await compare("--rounds", "3", "--users-max", "2", "--target-ms", "10000", "--json");
  treat = () => ({});
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ordered: { a: 19, b: 17 }, canceled: { a: 0, b: 2 }, left: { a: 0, b: 0 }, users: { b: { met: 1, missed: 2 } } });
  await expect.poll(() => far.unsettled()).toBe(0);
  worker!.child.kill("SIGCONT");
}, 120_000);

test("who meets a limit in the rounds is told which, and how to go on", async () => {
  await far.stop();
  await far.start([ROLES], { RATE_LIMIT_PER_MINUTE: "40" });
  const { stderr, status } = await near.house.later(["compare", "--a", near.url(), "--b", far.url(), "--rounds", "3", "--users-max", "0"]);
  expect(status).toBe(1);
  expect(stderr).toContain("b answered 429: its limit of requests was met, not its speed.");
}, 60_000);

test("a file of the studio is measured where both addresses are a studio's", async () => {
  const home = await mkdtemp(join(tmpdir(), "cooly-compare-"));
  const server = await startServer(home, { RATE_LIMIT_PER_MINUTE: "1000000", RATE_LIMIT_IP_PER_MINUTE: "1000000" });
  const further = await openHttpFaultProxy(
    () => server.url,
    () => ({ delayMs: FURTHER_MS }),
  );
  try {
    cooly(home, "user", "add", "a@b.co", "--credits", "100", "--json");
    const { key } = cooly(home, "key", "add", "a@b.co", "--json") as { key: string };
    Object.assign(near.house.environment, { COOLY_KEY_A: key, COOLY_KEY_B: key });
    const words = ["--a", server.url, "--b", further.url, "--rounds", "3", "--users-max", "0", "--json"];
    const { stdout, stderr } = await near.house.later(["compare", ...words]);
    expect(stderr).toBe("");
    const { rows } = JSON.parse(stdout) as Comparison;
    const { a, b, faster } = rows.find(({ id }) => id === "asset")!;
    expect(faster).toBe("a");
    expect(b.median - a.median).toBeGreaterThan(FURTHER_MS * 0.8);
  } finally {
    Object.assign(near.house.environment, keys);
    await further.close();
    await stopServer(server);
    await rm(home, { recursive: true, force: true });
  }
}, 180_000);

test("the guide's commands compare, and delete what comparisons made and nothing else", async () => {
  const own = await mkdtemp(join(tmpdir(), "cooly-compare-guide-"));
  await far.stop();
  await far.start([ROLES], { RATE_LIMIT_PER_MINUTE: "1000000" });
  const authorization = `Bearer ${keys.COOLY_KEY_A}`;
  const body = JSON.stringify({ model: "demo/painter", input: { prompt: 'compare a cooly {"cooly_compare": this', size: "512x512" } });
  await fetch(`${near.url()}/v1/generations`, { method: "POST", headers: { authorization, "content-type": "application/json" }, body });
  await expect.poll(() => near.unsettled()).toBe(0);
  // As it stands, but for the addresses, and for the users at once, who take their time.
  const text = blocksOf("compare", await readFile(join(root, "docs/operate/compare.md"), "utf8"))
    .filter(({ where }) => where === "comparison")
    .map((block) => block.text.replaceAll("https://api.example.com", near.url()).replaceAll("https://api.test.example.com", far.url()))
    .join("\n")
    .replace("--out", "--rounds 3 --users-max 0 --out");
  const script = `set -eu\ncooly() { "$NODE" --disable-warning=ExperimentalWarning "$TOOL" "$@"; }\n${text}`;
  const env = { ...near.house.environment, ...keys, KEY: keys.COOLY_KEY_A, NODE: process.execPath, TOOL: join(root, "apps/cli/src/main.ts") };
  const { stderr } = await promisify(execFile)("sh", ["-c", script], { cwd: own, env });
  expect(stderr).not.toContain("curl");
  expect(await readdir(own)).toEqual(["report.html"]);
  const { rows } = await near.pool.query<{ prompt: string }>("select input ->> 'prompt' as prompt from generations where input ? 'prompt'");
  expect(rows.map(({ prompt }) => prompt)).toEqual(['compare a cooly {"cooly_compare": this']);
  await rm(own, { recursive: true });
}, 180_000);
