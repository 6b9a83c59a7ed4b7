import { createInterface } from "node:readline";
import type { World } from "../command.ts";

let lines: AsyncIterator<string> | null = null;

/** On stderr, so that stdout holds the answer alone. Answers may also come by a pipe, a line each. */
export const ask: World["ask"] = async (question) => {
  process.stdin.ref?.();
  lines ??= createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY })[Symbol.asyncIterator]();
  process.stderr.write(`${question} `);
  const next = await lines.next();
  // An open terminal would keep the process.
  process.stdin.unref?.();
  return next.done === true ? null : next.value.trim();
};
