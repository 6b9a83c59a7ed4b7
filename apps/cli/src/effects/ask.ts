import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import type { World } from "../command.ts";

/** Lines that came while nobody waited for one: whoever pastes two answers gives them at once. */
const early: string[] = [];
let piped: AsyncIterator<string> | null = null;

/** On stderr, so that stdout holds the answer alone. Answers may also come by a pipe, a line each. */
export const ask: World["ask"] = async (question, { secret = false } = {}) => {
  const answer = process.stdin.isTTY ? await readTerminal(`${question} `, secret) : await readPipe(`${question} `);
  return answer?.trim() ?? null;
};

async function readPipe(question: string): Promise<string | null> {
  process.stderr.write(question);
  process.stdin.ref?.();
  piped ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const next = await piped.next();
  process.stdin.unref?.();
  return next.done === true ? null : next.value;
}

/**
 * A line editor takes the terminal's echo away and does its own, which for a secret goes nowhere.
 * It is closed after each answer: while it is open, a Ctrl-C is a letter to it, and no signal.
 */
async function readTerminal(question: string, secret: boolean): Promise<string | null> {
  const waiting = early.shift();
  if (waiting !== undefined) {
    process.stderr.write(`${question}\n`);
    return waiting;
  }
  const output = secret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const editor = createInterface({ input: process.stdin, output, terminal: true, historySize: 0, prompt: question });
  // Only now: who answers at once is not to be shown by the terminal.
  if (secret) process.stderr.write(question);
  else editor.prompt();
  const answer = await firstLine(editor);
  editor.close();
  if (secret || answer === null) process.stderr.write("\n");
  return answer;
}

const firstLine = (editor: Interface): Promise<string | null> =>
  new Promise((resolve) => {
    let answered = false;
    editor.on("line", (line) => {
      if (answered) early.push(line);
      answered = true;
      resolve(line);
    });
    editor.once("close", () => resolve(null));
  });
