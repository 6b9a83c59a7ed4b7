/** `server up | serve [--roles a,b] | task <name>`: argv -> role or task -> exit code. */
import { parseArgs } from "node:util";
import { ConfigurationProblem, EXIT_CONFIGURATION } from "./compose/configuration.ts";
import { explain } from "./compose/database-check.ts";

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { roles: { type: "string" } } });
  const [verb, name] = positionals;
  // Each loads what it needs when it is wanted: a task should be quick.
  if (verb === "up") return (await import("./compose/up.ts")).up();
  if (verb === "serve") return (await import("./compose/roles.ts")).serveRoles(values.roles ?? null);
  if (verb === "task" && name) return (await import("./compose/task.ts")).runTask(name);
  process.stderr.write("usage: server up | serve [--roles api,relay,gen,capture,sweeper] | task <name>\n");
  return 2;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(error instanceof ConfigurationProblem ? EXIT_CONFIGURATION : 1);
  },
);
