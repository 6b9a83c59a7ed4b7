/** The guides hold: what they tell people to type is run, or says why not, and every command of the tool is one that it knows. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCommand, parseOptions } from "../../apps/cli/src/arguments.ts";
import { commands } from "../../apps/cli/src/commands/index.ts";
import { guides } from "../../tools/pages/guides.ts";
import { freshDatabase } from "../postgres.ts";
import { blocksOf, callsOf, type Block } from "./guide-blocks.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = guides.map((guide) => ({ guide, blocks: blocksOf(guide, read(`docs/operate/${guide}.md`)) }));

let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cooly-guides-"));
  database = await freshDatabase();
  const program = join(folder, "bin/cooly");
  mkdirSync(dirname(program));
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "tools/cooly.mjs")}" "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

/** As one sitting: a later block has the files and the variables of those before. */
function scriptOf(blocks: readonly Block[]): string {
  const parts = blocks.map(({ guide, line, text, where }) =>
    [`echo "--- ${guide}.md, line ${line}" >&2`, where === "installation" ? `(export DATABASE_URL="$INSTALLATION" AUTH_SECRET="$SECRET"\n${text})` : text].join(
      "\n",
    ),
  );
  return `set -eu\n${parts.join("\n")}`;
}

describe.each(pages)("$guide", ({ guide, blocks }) => {
  test("what can be run without Docker and without a network runs as it stands", () => {
    const own = join(folder, guide);
    mkdirSync(own);
    const script = scriptOf(blocks.filter(({ where }) => where === "folder" || where === "installation"));
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      cwd: own,
      encoding: "utf8",
      env: {
        PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}`,
        HOME: own,
        COOLY_HOME: join(own, ".cooly"),
        INSTALLATION: database.url,
        SECRET: randomBytes(32).toString("base64url"),
      },
    });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  }, 120_000);

  test("it runs something, and every block that nobody runs has its reason", () => {
    expect(blocks.some(({ where }) => ["folder", "installation", "comparison"].includes(where))).toBe(true);
    for (const { line, where, reason } of blocks) if (where === "nowhere") expect(reason, `line ${line}`).toMatch(/^(it|the names) \S.*\.$/);
  });

  test("what it links to is there, headings too", () => {
    const page = read(`docs/operate/${guide}.md`);
    for (const [, path = "", heading] of page.matchAll(/\]\(([^)#:]*)(?:#([^)]+))?\)/g)) {
      const target = path === "" ? page : read(join("docs/operate", path));
      if (heading !== undefined) expect(headingsOf(target), `${path}#${heading}`).toContain(heading);
    }
  });
});

const headingsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

const others = readdirSync(join(root, "docs/operate"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/operate/${name}`);
const notes = ["managed", "vps", "hybrid"].map((kind) => `deploy/${kind}/README.md`);

test.each([...others, ...notes, "README.md"])("%s names commands and options that the tool has", (path) => {
  const page = read(path);
  const fenced = [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
  const inline = [...page.replaceAll(/^```\w*\n[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
  const indented = [...page.matchAll(/^ {4}(cooly .*)$/gm)].map(([, text]) => text!);
  const whole = [...fenced, ...indented].flatMap(callsOf);
  // In a sentence a command may stand without what it needs.
  const mentioned = inline.flatMap(callsOf).filter((words) => words.length > 1 || !commands.some(({ name }) => name.startsWith(`${words[0]} `)));
  for (const words of [...whole, ...mentioned]) {
    const { command, rest } = findCommand(commands, words);
    if (whole.includes(words)) expect(() => parseOptions(command, rest), words.join(" ")).not.toThrow();
    else
      for (const word of rest.filter((one) => one.startsWith("--")))
        expect(Object.keys(command.options.shape).map(dashed), words.join(" ")).toContain(word.slice(2));
  }
});

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
