import { findCommand, Misuse, parseOptions } from "./arguments.ts";
import { commands } from "./commands/index.ts";
import { createWorld } from "./effects/world.ts";
import { help, overview } from "./help.ts";

const EXIT_MISUSE = 2;

async function main(words: readonly string[]): Promise<number> {
  const asJson = words.includes("--json");
  const world = createWorld({ quiet: asJson });
  const say = (text: string, facts: object): number => {
    world.print(asJson ? JSON.stringify(facts) : text);
    return 0;
  };
  const { asks, subject } = readWish(words);
  const [first] = subject.filter((word) => word !== "--json");
  if (first === undefined) {
    say(overview(commands), { commands: commands.map(({ name, summary, example }) => ({ name, summary, example })) });
    return asks ? 0 : EXIT_MISUSE;
  }
  const { command, rest } = findCommand(commands, subject);
  if (asks) return say(help(command), { help: help(command) });
  return command.run(parseOptions(command, rest) as never, world);
}

/** Whether it is help that is wanted, and of what. */
function readWish(words: readonly string[]): { asks: boolean; subject: readonly string[] } {
  if (words[0] === "help") return { asks: true, subject: words.slice(1) };
  if (words[0] === "--version") return { asks: false, subject: ["version", ...words.slice(1)] };
  const subject = words.filter((word) => word !== "--help" && word !== "-h");
  return { asks: subject.length < words.length, subject };
}

function fail(error: unknown): number {
  const wrongUse = error instanceof Misuse;
  const message = error instanceof Error ? error.message : String(error);
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code: wrongUse ? "misuse" : "failed", message } })}\n`);
  else process.stderr.write(`${message}\n${wrongUse ? "cooly help lists what there is.\n" : ""}`);
  return wrongUse ? EXIT_MISUSE : 1;
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await main(process.argv.slice(2)).catch(fail);
