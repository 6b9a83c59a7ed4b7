/** Models as data: added, re-priced, taken off and ended by an operator's tool beside a running installation, without a restart. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView, ModelView } from "@cooly/contract";
import { parse, stringify } from "yaml";
import { openInstallation, type Installation } from "../rig/installation.ts";

let installation: Installation;
beforeAll(async () => {
  installation = await openInstallation();
  await installation.welcome(1_000);
  await installation.start([["api", "relay", "gen", "capture", "sweeper"]]);
}, 60_000);
afterAll(() => installation.close());

const cooly = (...words: string[]) => installation.house.later(words);
const at = (name: string): string => join(installation.house.home, name);
const models = async (): Promise<ModelView[]> => ((await (await fetch(`${installation.url()}/v1/models`)).json()) as { data: ModelView[] }).data;
const offered = async (id: string): Promise<ModelView | undefined> => (await models()).find((model) => model.id === id);
const small = { prompt: "a sea", size: "512x512" };
const order = (model: string, more: object = {}) => installation.call("/v1/generations", { model, input: small, ...more });

/** The painter's manifest, under a name of one's own and at a price of one's own. */
async function write(name: string, change: object): Promise<string> {
  const { stdout } = await cooly("model", "show", "demo/painter");
  await writeFile(at(name), stringify({ ...(parse(stdout) as object), ...change }));
  return at(name);
}

test("a manifest is added beside a running installation, and what is asked for by it is made, with its version", async () => {
  const file = await write("mine.yaml", { id: "mine/sea", name: "My sea", price: { kind: "per_output", credits: 7 } });
  expect(await cooly("model", "check", file)).toMatchObject({ status: 0, stdout: "1 manifest is in order\n" });
  expect(await cooly("model", "add", file)).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/^added mine\/sea, version \d+\n/) });
  await expect.poll(async () => (await offered("mine/sea"))?.name).toBe("My sea");
  const { status, body } = await order("mine/sea");
  expect(status).toBe(202);
  const { id, credits } = body as GenerationView;
  expect(credits.quoted).toBe(7);
  await expect.poll(async () => (await installation.read(id)).status, { timeout: 20_000 }).toBe("succeeded");
  const { version } = (await offered("mine/sea"))!;
  const { rows } = await installation.pool.query("select model_version from generations where model = 'mine/sea'");
  expect(rows).toEqual([{ model_version: version }]);
});

test("another price holds for what is asked from then on, and for nothing before", async () => {
  const before = (await order("mine/sea")).body as GenerationView;
  expect(await cooly("model", "add", await write("dearer.yaml", { id: "mine/sea", name: "My sea", price: { kind: "per_output", credits: 9 } }))).toMatchObject({
    status: 0,
  });
  await expect.poll(async () => ((await offered("mine/sea"))!.price as { credits: number }).credits).toBe(9);
  const after = (await order("mine/sea")).body as GenerationView;
  await expect.poll(async () => (await installation.read(after.id)).credits.charged, { timeout: 20_000 }).toBe(9);
  await expect.poll(async () => (await installation.read(before.id)).credits.charged, { timeout: 20_000 }).toBe(7);
});

test("what is disabled is refused, what was accepted is made all the same, and enabled it is back", async () => {
  const accepted = (await order("mine/sea", { outputs: 4 })).body as GenerationView;
  expect(await cooly("model", "disable", "mine/sea")).toMatchObject({ status: 0 });
  await expect.poll(async () => (await order("mine/sea")).status).toBe(400);
  await expect.poll(async () => (await installation.read(accepted.id)).status, { timeout: 30_000 }).toBe("succeeded");
  const listed = await cooly("model", "ls", "--all");
  expect(listed.stdout).toMatch(/^mine\/sea +image +disabled +yours \d+ +demo$/m);
  expect((await cooly("model", "ls")).stdout).not.toContain("mine/sea");
  await cooly("model", "enable", "mine/sea");
  await expect.poll(async () => (await order("mine/sea")).status).toBe(202);
});

test("a shipped model is overridden, and as it was again by reset", async () => {
  await cooly("model", "add", await write("painter.yaml", { name: "Our painter" }));
  await expect.poll(async () => (await offered("demo/painter"))?.name).toBe("Our painter");
  expect(await cooly("model", "reset", "demo/painter")).toMatchObject({ status: 0 });
  await expect.poll(async () => (await offered("demo/painter"))?.name).toBe("Painter");
});

test("the check warns of an end within 30 days, and a model that has ended is not offered", async () => {
  const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const ending = (days: number) => ({ id: "mine/dying", lifecycle: { status: "active", retire_at: day(days), replacement: "demo/painter" } });
  await cooly("model", "add", await write("dying.yaml", ending(10)));
  const { status, stdout } = await cooly("model", "check");
  expect(status).toBe(0);
  expect(stdout).toMatch(/mine\/dying\n {2}note: Its vendors turn it off on \d{4}-\d\d-\d\d, in (9|10) days\. Its replacement is demo\/painter\./);
  await cooly("model", "add", await write("dead.yaml", ending(-1)));
  await expect.poll(() => offered("mine/dying")).toBeUndefined();
  expect((await cooly("model", "ls", "--all")).stdout).toMatch(/^mine\/dying .*retired/m);
});

test("a manifest that is not in order is refused with sentences, and nothing changes", async () => {
  const count = async (): Promise<number> => (await installation.pool.query("select count(*)::int as count from model_versions")).rows[0].count;
  const before = await count();
  const priceless = { id: "mine/free", price: { kind: "from_cost", cost: { unit: "image", prices: [{ when: { style: "sea" }, usd: "0.01" }] } } };
  const refused = await cooly("model", "add", await write("free.yaml", priceless));
  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toMatch(/Nothing was added.*\nmine\/free\n {2}wrong: There is no price for \{"style":"auto"\}; what has none cannot be run\./);
  await writeFile(at("form.yaml"), "id: Not An Id\nprice: cheap\n");
  expect(await cooly("model", "add", at("form.yaml"))).toMatchObject({ status: 1, stderr: expect.stringMatching(/wrong: id: /) });
  await writeFile(at("broken.yaml"), "id: [\n");
  expect(await cooly("model", "add", at("broken.yaml"))).toMatchObject({ status: 2, stderr: expect.stringContaining("broken.yaml cannot be read") });
  expect(await cooly("model", "check", at("nowhere.yaml"))).toMatchObject({ status: 2, stderr: expect.stringContaining("there is no file") });
  expect(await cooly("model", "disable", "mine/nothing")).toMatchObject({ status: 1, stderr: "There is no model mine/nothing.\n" });
  expect(await count()).toBe(before);
  expect(await readFile(at("free.yaml"), "utf8")).toContain("mine/free");
});
