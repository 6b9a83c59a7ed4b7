import { findCommand, help, Misuse, parseOptions } from "./arguments.ts";
import { commands } from "./commands/index.ts";
import { createWorld } from "./effects/world.ts";

const EXIT_MISUSE = 2;

async function main(words: readonly string[]): Promise<number> {
  const world = createWorld();
  if (words.length === 0 || words[0] === "help" || words[0] === "--help") {
    world.print(
      [
        "cooly: the operator's tool",
        "",
        ...commands.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`),
        "",
        "cooly <command> --help says more.",
      ].join("\n"),
    );
    return words.length === 0 ? EXIT_MISUSE : 0;
  }
  const { command, rest } = findCommand(commands, words);
  if (rest.includes("--help")) {
    world.print(help(command));
    return 0;
  }
  return command.run(parseOptions(command, rest) as never, world);
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Misuse ? `${error.message}\ncooly help lists what there is.` : (error as Error).message}\n`);
    process.exitCode = error instanceof Misuse ? EXIT_MISUSE : 1;
  },
);
