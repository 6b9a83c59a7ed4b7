/** Keys that are typed: seen by the installation alone, and the terminal is as it was, however it ends. */
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inherited } from "../../../test/running-server.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const main = join(import.meta.dirname, "../src/main.ts");
const keys = { a: "ck_typed_at_a", b: "ck_typed_at_b" };
const [CTRL_C, CTRL_D] = ["\x03", "\x04"] as const;

/** No Cooly, but it sees what is brought to it. */
let server: Server;
let waits = false;
const brought: string[] = [];
beforeAll(async () => {
  server = createServer(({ headers }, response) => {
    brought.push(headers.authorization ?? "");
    if (!waits) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the shell says of its terminal when the tool has ended. */
const STATE = "stty -a | tr ' ;' '\\n\\n' | grep -E '^-?(echo|icanon|isig)$' | tr '\\n' ' '";
const SANE = ["echo", "icanon", "isig"];

/** The tool at a terminal, and what became of both: told by a shell that no Ctrl-C ends. */
function begin(): Terminal {
  const { port } = server.address() as AddressInfo;
  const at = `http://127.0.0.1:${port}`;
  const tool = `${process.execPath} --disable-warning=ExperimentalWarning ${main} compare --a ${at}/a --b ${at}/b`;
  const line = `trap : INT; sh -c 'echo "number $$"; exec ${tool}'; echo "code $?"; echo "state $(${STATE})"`;
  return openTerminal(line, { ...inherited, TERM: "xterm" });
}

async function expectEnd(terminal: Terminal, code: number): Promise<void> {
  await terminal.ended;
  const shown = terminal.shown();
  expect(shown).toContain(`code ${code}\r\n`);
  expect(/state (.*)\r/.exec(shown)![1]!.trim().split(" ").toSorted()).toEqual(SANE);
  for (const key of Object.values(keys)) expect(shown).not.toContain(key);
}

test("what is typed is not shown, and reaches its installation", async () => {
  const terminal = begin();
  await terminal.shows("The key of a");
  // As a person types it, who also takes something back.
  for (const letter of `${keys.a}x\x7f`) terminal.type(letter);
  terminal.type("\r");
  await terminal.shows("The key of b");
  terminal.type(`${keys.b}\r`);
  await terminal.shows("is not Cooly");
  await expectEnd(terminal, 1);
  expect(brought.at(-1)).toBe(`Bearer ${keys.a}`);
});

test("both may be pasted at once", async () => {
  const terminal = begin();
  await terminal.shows("The key of a");
  terminal.type(`${keys.a}\r${keys.b}\r`);
  await expectEnd(terminal, 1);
  expect(terminal.shown()).toContain("is not Cooly");
});

test.each([
  ["a Ctrl-C", CTRL_C],
  ["the end of the input", CTRL_D],
])("%s in place of a key ends it, and the terminal is as it was", async (_says, key) => {
  const terminal = begin();
  await terminal.shows("The key of a");
  terminal.type(`${keys.a}\r`);
  await terminal.shows("The key of b");
  terminal.type(key);
  await expectEnd(terminal, 130);
  expect(terminal.shown()).toContain("Interrupted. Nothing was ordered.");
});

test("a Ctrl-C after the keys is a signal again", async () => {
  waits = true;
  const terminal = begin();
  await terminal.shows("The key of a");
  terminal.type(`${keys.a}\r${keys.b}\r`);
  await terminal.shows("looking at both");
  terminal.type(CTRL_C);
  await expectEnd(terminal, 130);
  waits = false;
});

test("an end by another's signal leaves the terminal as it was", async () => {
  const terminal = begin();
  await terminal.shows("The key of a");
  process.kill(Number(/number (\d+)/.exec(terminal.shown())![1]), "SIGTERM");
  await expectEnd(terminal, 143);
});

/** What asks, alone: the tool asks for keys at a terminal only. */
const ASKS = `const { ask } = await import(${JSON.stringify(join(import.meta.dirname, "../src/effects/ask.ts"))});
process.stdout.write(JSON.stringify([await ask("one", { secret: true }), await ask("two"), await ask("three", { secret: true })]));`;

test("a secret may come by a pipe, and its end is no answer", async () => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", ASKS]);
  child.stdin.end("first\nsecond\n");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(JSON.parse(stdout)).toEqual(["first", "second", null]);
  expect(stderr).toBe("one two three ");
});
