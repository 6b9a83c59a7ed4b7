/** `server up | serve [--roles a,b] | task <name>`: argv -> role or task -> exit code. */
import { parseArgs } from "node:util";
import { explain } from "./compose/database-check.ts";
import { serveRoles } from "./compose/roles.ts";
import { up } from "./compose/up.ts";
import { runTask } from "./compose/task.ts";

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { roles: { type: "string" } } });
  const [verb, name] = positionals;
  if (verb === "up") return up();
  if (verb === "serve") return serveRoles(values.roles ?? null);
  if (verb === "task" && name) return runTask(name);
  process.stderr.write("usage: server up | serve [--roles api,relay,gen,capture,sweeper] | task <name>\n");
  return 2;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  },
);
