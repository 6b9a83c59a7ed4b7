import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findCommand, Misuse, parseOptions } from "../src/arguments.ts";
import type { World } from "../src/command.ts";
import { commands } from "../src/commands/index.ts";
import { createWorld } from "../src/effects/world.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "cooly-deploy-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(line: string): Promise<{ code: number; printed: readonly string[]; complained: readonly string[] }> {
  const printed: string[] = [];
  const complained: string[] = [];
  const world: World = {
    ...createWorld({ quiet: true }),
    setting: () => undefined,
    print: (said) => void printed.push(said),
    complain: (said) => void complained.push(said),
  };
  const { command, rest } = findCommand(commands, line.split(" "));
  const code = await command.run(parseOptions(command, rest) as never, world);
  return { code, printed, complained };
}

test.each([
  ["managed", ["vercel.json", "render.yaml"]],
  ["vps", ["docker-compose.prod.yml", ".env.prod.example"]],
  ["hybrid", ["render.hybrid.yaml", "docker-compose.workers.yml", ".env.workers.example"]],
  ["local", ["docker-compose.yml"]],
])("deploy render %s writes %j, and deploy check finds nothing wrong with them", async (kind, names) => {
  const out = join(folder, kind);
  const rendered = await run(`deploy render ${kind} --out ${out} --domain studio.example.net --json`);
  const { files } = JSON.parse(rendered.printed[0]!) as { files: readonly string[] };
  expect([rendered.code, files]).toEqual([0, expect.arrayContaining(names)]);
  const checked = await run(`deploy check ${out} --json`);
  expect([checked.code, JSON.parse(checked.printed[0]!)]).toMatchObject([0, { findings: [] }]);
});

test("programs are written as such", async () => {
  const out = join(folder, "programs");
  await run(`deploy render vps --out ${out}`);
  expect(statSync(join(out, "firewall.sh")).mode & 0o111).toBe(0o111);
  expect(statSync(join(out, "docker-compose.prod.yml")).mode & 0o111).toBe(0);
});

test("a fault is told with a sentence, a cause and a fix, and exit code 1", async () => {
  const out = join(folder, "fault");
  await run(`deploy render hybrid --out ${out}`);
  writeFileSync(join(out, "docker-compose.redis.yml"), "services:\n  cache:\n    image: redis:7\n    ports:\n      - 6379:6379\n");
  const { code, printed } = await run(`deploy check ${out}`);
  expect(code).toBe(1);
  const text = printed.join("\n");
  expect(text).toContain("cache (Redis) is reached from the whole internet on port 6379.");
  expect(text).toContain("cause  Docker lets published ports past the host's firewall");
  expect(text).toContain("fix    Remove it from ports");
});

test("a folder with nothing to check is no success", async () => {
  const { code, complained } = await run(`deploy check ${join(import.meta.dirname)}`);
  expect([code, complained[0]]).toEqual([1, expect.stringContaining("holds no file that deploys anything")]);
});

test.each([
  ["deploy render cloud --out x", "<topology> must be managed, vps, hybrid, local"],
  ["deploy render vps", "--out is missing"],
  ["deploy render vps --out x --tag latest", "--tag must be a version"],
  ["deploy render hybrid --out x --vps-address here", "--vps-address must be an IPv4 address"],
  ["deploy render hybrid --out x --network vpn", "--network must be outbound, tls, tunnel or allowlist"],
])("wrong use is told in a sentence: %s", async (line, sentence) => {
  await expect(run(line)).rejects.toThrow(Misuse);
  await expect(run(line)).rejects.toThrow(sentence);
});
