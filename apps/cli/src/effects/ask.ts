import { createInterface } from "node:readline";
import type { World } from "../command.ts";

/** On stderr, so that stdout holds the answer alone. */
export const ask: World["ask"] = (question) => {
  if (!process.stdin.isTTY) return Promise.resolve(null);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    let said: string | null = null;
    lines.once("close", () => resolve(said));
    lines.question(`${question} `, (answer) => {
      said = answer.trim();
      lines.close();
    });
  });
};
