import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCommand, Misuse, parseOptions } from "../src/arguments.ts";
import type { Answer, World } from "../src/command.ts";
import { commands } from "../src/commands/index.ts";
import { help } from "../src/help.ts";
import { unasked } from "./worlds.ts";

const parse = (line: string): Record<string, unknown> => {
  const { command, rest } = findCommand(commands, line.split(" "));
  return parseOptions(command, rest);
};

test("options are read by name and by place", () => {
  expect(parse("user add ada@example.com --credits 500 --json")).toEqual({ email: "ada@example.com", admin: false, credits: 500, json: true });
  expect(parse("user add --credits=500 --admin ada@example.com")).toEqual({ email: "ada@example.com", admin: true, credits: 500, json: false });
  expect(parse("queue retry out_1 out_2 --yes")).toMatchObject({ ids: ["out_1", "out_2"], yes: true, all: false });
});

test.each([
  ["user ad x@example.com", "there is no command user ad; did you mean user add?"],
  ["user add", "<email>"],
  ["user add not-an-address", "<email>"],
  ["user add ada@example.com bob@example.com", "user add does not take bob@example.com"],
  ["user add ada@example.com --colour red", "user add has no option --colour"],
  ["user add ada@example.com --constructor x", "user add has no option --constructor"],
  ["user add ada@example.com --credits", "--credits needs a value"],
  ["user add ada@example.com --credits --json", "--credits needs a value"],
  ["user add ada@example.com --credits many", "--credits"],
  ["user add ada@example.com --credits -5", "--credits"],
])("wrong use is told in a sentence: cooly %s", (line, sentence) => {
  expect(() => parse(line)).toThrow(Misuse);
  expect(() => parse(line)).toThrow(sentence);
});

test.each(commands.map((command) => ({ name: command.name, command })))("cooly $name --help shows an example that it would take", ({ command }) => {
  expect(help(command)).toContain(`Example: ${command.example}`);
  expect(help(command)).toContain("--json");
  const words = command.example.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  expect(words[0]).toBe("cooly");
  const { command: found, rest } = findCommand(commands, words.slice(1));
  expect(found.name).toBe(command.name);
  expect(() => parseOptions(found, rest)).not.toThrow();
});

/** A world that answers as told, and remembers what was asked of it. */
function worldOf(answer: Answer) {
  const printed: string[] = [];
  const complained: string[] = [];
  const asked: { name: string; options: object }[] = [];
  const world: World = {
    ...unasked,
    interactive: false,
    progress: () => undefined,
    print: (line) => void printed.push(line),
    complain: (line) => void complained.push(line),
    task: (name, options) => (asked.push({ name, options }), Promise.resolve(answer)),
    server: () => Promise.resolve(0),
    readFile: () => Promise.resolve(null),
    readFolder: () => Promise.resolve([]),
    writeFile: () => Promise.resolve(),
    fetchText: () => Promise.reject(new Error("there is no network here")),
    setting: () => undefined,
  };
  return { world, printed, complained, asked };
}

async function run(line: string, answer: Answer) {
  const { command, rest } = findCommand(commands, line.split(" "));
  const told = worldOf(answer);
  const code = await command.run(parseOptions(command, rest) as never, told.world);
  return { code, ...told };
}

test("--json prints one JSON value and nothing else, for good answers and for no", async () => {
  const good = await run("key add ada@example.com --json", { ok: true, key: "ck_x" });
  expect([good.code, good.printed.map((line) => JSON.parse(line) as unknown)]).toEqual([0, [{ key: "ck_x" }]]);
  const no = await run("key add ada@example.com --json", { ok: false, code: "not_found", message: "nobody has this address" });
  expect([no.code, no.printed.map((line) => JSON.parse(line) as unknown)]).toEqual([1, [{ error: { code: "not_found", message: "nobody has this address" } }]]);
});

test("verify is 1 with the offending rows if a rule is broken", async () => {
  const violations = [{ invariant: "I1", rule: "sums", rows: [{ account_id: "a" }] }];
  const { code, printed } = await run("verify", { ok: false, message: "not in order", violations });
  expect(code).toBe(1);
  expect(printed.join("\n")).toContain("account_id a");
});

test("what destroys asks for --yes, and says what it would do", async () => {
  await expect(run("queue discard --all", { ok: true })).rejects.toThrow("this will discard all dead letters; say --yes to do it");
  await expect(run("queue discard --yes", { ok: true })).rejects.toThrow("name the ids to discard, or --cause, or --all");
  expect((await run("queue discard --all --yes", { ok: true, discarded: 2 })).asked).toMatchObject([{ name: "queue-discard", options: { all: true } }]);
});

const main = join(import.meta.dirname, "../src/main.ts");
const cooly = (...words: string[]) => spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...words], { encoding: "utf8" });

test("the exit code is 2 for wrong use, with the sentence on stderr, and 0 for help", () => {
  const wrong = cooly("user", "add", "ada@example.com", "--colour");
  expect([wrong.status, wrong.stdout, wrong.stderr]).toEqual([2, "", "user add has no option --colour\ncooly help lists what there is.\n"]);
  const helped = cooly("user", "add", "--help");
  expect([helped.status, helped.stderr]).toEqual([0, ""]);
  expect(helped.stdout).toContain("Example: cooly user add");
});
