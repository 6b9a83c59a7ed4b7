import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCommand, Misuse, parseOptions } from "../src/arguments.ts";
import { commands } from "../src/commands/index.ts";
import { worldWith } from "./worlds.ts";

async function run(line: string, answers: readonly string[] = []) {
  const { command, rest } = findCommand(commands, line.split(" "));
  const told = worldWith({}, answers);
  return { code: await command.run(parseOptions(command, rest) as never, told.world), ...told };
}

test.each([
  [50, "vps       $15*", "Take vps."],
  [300, "hybrid    $45*", "Take hybrid."],
  [1_000, "vps       $50*", "Take vps."],
  [3_000, "managed   $150*", "Take managed."],
])("cooly plan --prices guide --daily-users %d says what the guide's table says", async (people, total, take) => {
  const { code, printed } = await run(`plan --prices guide --daily-users ${people}`);
  expect(code).toBe(0);
  expect(printed.join("\n")).toContain(total);
  expect(printed.join("\n")).toContain(take);
  expect(printed.join("\n")).toContain("Where the guide disagrees with itself:");
});

test("a plan names every part, what ends first, a recommendation, and old prices", async () => {
  const said = (await run("plan --daily-users 1000")).printed.join("\n");
  for (const part of [
    "Vercel",
    "Render",
    "Supabase",
    "AWS SQS",
    "Backblaze B2",
    "Hetzner",
    "ends first:",
    "Take vps.",
    "* The prices of Hetzner were read on 2026-07-23",
    "Lines: hetzner.cx23, ",
  ])
    expect(said).toContain(part);
});

test("--json is one value with ranges, loads and crossovers", async () => {
  const { printed } = await run("plan --daily-users 1000 --kinds image=80,video=20 --currency eur --needs no-servers --json");
  expect(printed).toHaveLength(1);
  const plan = JSON.parse(printed[0]!) as { traffic: object; recommendation: object; estimates: readonly object[]; warnings: readonly string[] };
  expect(plan.traffic).toMatchObject({ dailyUsers: 1000, currency: "EUR", shares: { image: 80, video: 20, audio: 0 } });
  expect(plan.recommendation).toMatchObject({ topology: "managed" });
  expect(plan.estimates).toHaveLength(3);
  expect(plan.warnings[0]).toMatch(/^The prices of Hetzner were read on 2026-07-23, \d+ days ago .* Lines: hetzner\.cx23, /);
  expect(plan.estimates[0]).toMatchObject({
    total: { least: expect.any(Number), middle: expect.any(Number), most: expect.any(Number) },
    loads: expect.any(Array),
  });
});

test("--svg writes the chart", async () => {
  const { files, printed } = await run("plan --daily-users 1000 --svg costs.svg");
  expect(files.get("costs.svg")!.text).toMatch(/^<svg /);
  expect(files.get("costs.svg")!.text).toContain("prices, days old: Hetzner ");
  expect(printed.at(-1)).toBe("wrote costs.svg");
});

test("what is chosen of a topology reaches its bill", async () => {
  const said = (await run("plan --daily-users 1000 --network tunnel --object-store garage")).printed.join("\n");
  for (const part of [/Tunnel +Render +\$7 /, /a volume for what its disk cannot hold/, /kept on the server's disk and a volume/]) expect(said).toMatch(part);
});

test("--interactive asks the decision matrix, takes usual answers, and asks again what it cannot read", async () => {
  const { printed, complained } = await run("plan --interactive --json", ["lots", "2000", "", "4", "25", "", "", "eur", "no", "yes", "n", "", "no"]);
  const { traffic, recommendation } = JSON.parse(printed[0]!) as { traffic: object; recommendation: { topology: string } };
  expect(complained).toEqual(["That is to be a whole number."]);
  expect(traffic).toMatchObject({
    dailyUsers: 2000,
    generationsPerUser: 5,
    outputsPerGeneration: 4,
    shares: { image: 75, video: 25 },
    retentionDays: 365,
    currency: "EUR",
    needs: ["no-single-point"],
  });
  expect(recommendation.topology).not.toBe("vps");
});

test("what options say is not asked", async () => {
  const { printed } = await run("plan --interactive --daily-users 70 --needs bursts --json", ["", "", "", "", "", ""]);
  expect(JSON.parse(printed[0]!)).toMatchObject({ traffic: { dailyUsers: 70, needs: ["bursts"] } });
});

test("answers may come by a pipe", () => {
  const main = join(import.meta.dirname, "../src/main.ts");
  const told = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, "plan", "--interactive", "--json"], {
    encoding: "utf8",
    input: `300\n${"\n".repeat(11)}`,
  });
  expect(told.status).toBe(0);
  expect(JSON.parse(told.stdout)).toMatchObject({ traffic: { dailyUsers: 300 } });
  expect(told.stderr).toContain("How many people use it on a usual day? [100]");
});

test.each([
  ["plan", "--daily-users is missing"],
  ["plan --daily-users 0", "must be a whole number from 1"],
  ["plan --daily-users 5 --prices old", "must be current or guide"],
  ["plan --daily-users 5 --kinds pictures=3", "must be pairs"],
  ["plan --daily-users 5 --needs cake", "must be some of"],
  ["plan --daily-users 5 --currency yen", "must be usd or eur"],
  ["plan --daily-users 5 --network vpn", "must be outbound, tls, tunnel or allowlist"],
  ["plan --daily-users 5 --prices guide --svg x", "--svg draws current prices"],
  ["plan --interactive", "nobody answers"],
])("wrong use is told in a sentence: cooly %s", async (line, sentence) => {
  const tried = run(line);
  await expect(tried).rejects.toThrow(Misuse);
  await expect(tried).rejects.toThrow(sentence);
});
