/** `server serve --roles ...`: one process with some of the roles, on parts that the environment names. */
import { roles as allRoles, type RoleName } from "@cooly/topology";
import { loadConfiguration } from "./configuration.ts";
import { createLog } from "./log.ts";
import { serve } from "./serve.ts";
import { untilStopped } from "./signals.ts";

const EXIT_CONFIGURATION = 78;

export async function serveRoles(wanted: string): Promise<number> {
  const roles = wanted.split(",").map((role) => role.trim());
  const unknown = roles.filter((role) => !(allRoles as readonly string[]).includes(role));
  if (unknown.length > 0) {
    process.stderr.write(`there is no role ${unknown.join(", ")}; the roles are ${allRoles.join(", ")}\n`);
    return 2;
  }
  const configuration = loadConfiguration(roles as RoleName[]);
  const log = createLog(configuration.text("LOG_LEVEL") ?? "info");
  const databaseUrl = configuration.text("DATABASE_URL");
  const authSecret = configuration.text("AUTH_SECRET");
  const signs = roles.includes("api") || roles.includes("gen");
  const missing = [...(databaseUrl ? [] : ["DATABASE_URL"]), ...(authSecret || !signs ? [] : ["AUTH_SECRET"])];
  if (missing.length > 0) {
    for (const name of missing) process.stderr.write(`${name} is required for cooly serve; docs/reference/environment.md says what it is.\n`);
    return EXIT_CONFIGURATION;
  }
  const port = configuration.number("PORT") ?? 3000;
  const stopped = untilStopped();
  const serving = await serve({
    configuration,
    databaseUrl: databaseUrl!,
    authSecret: authSecret ?? "",
    publicUrl: configuration.text("PUBLIC_URL") ?? `http://localhost:${port}`,
    log,
    roles: roles as RoleName[],
    listen: { host: configuration.text("HOST"), ports: [port] },
    studio: null,
    demo: null,
  });
  log.info("process.ready", { roles, port: serving.port, queue: "postgres", storage: "filesystem" });
  await stopped;
  log.info("process.stopping");
  await serving.stop();
  return 0;
}
