/** `server serve --roles ...`: one process with some of the roles, on parts that the environment names. */
import { roles as allRoles, type RoleName, type VariableName } from "@cooly/topology";
import { loadConfiguration, type Configuration } from "./configuration.ts";
import { noteServer } from "./clone.ts";
import { freePort } from "./free-port.ts";
import { createLog } from "./log.ts";
import { chooseQueue, queueProblems, usesQueue } from "./queue.ts";
import { serve } from "./serve.ts";
import { stopSignal, whenAborted } from "./signals.ts";

const EXIT_MISUSE = 2;
const API_PORT = 3000;

/** `wanted`: role names with commas; null: all that the environment does not switch off. */
export async function serveRoles(wanted: string | null): Promise<number> {
  const named = wanted?.split(",").map((role) => role.trim());
  const unknown = named?.filter((role) => !(allRoles as readonly string[]).includes(role)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`there is no role ${unknown.map((role) => JSON.stringify(role)).join(", ")}; the roles are ${allRoles.join(", ")}\n`);
    return EXIT_MISUSE;
  }
  const considered = (named ?? allRoles) as readonly RoleName[];
  const configuration = loadConfiguration(considered, requiredBy(considered), (found) =>
    usesQueue(named ? considered : switchedOn(found)) ? queueProblems(found) : [],
  );
  const roles = named ? considered : switchedOn(configuration);
  const log = createLog(configuration.text("LOG_LEVEL") ?? "info");
  const port = await choosePort(configuration, roles);
  const stopping = stopSignal();
  noteServer();
  const starting = serve({
    configuration,
    databaseUrl: configuration.text("DATABASE_URL")!,
    authSecret: configuration.text("AUTH_SECRET") ?? "",
    publicUrl: configuration.text("PUBLIC_URL") ?? `http://localhost:${port ?? API_PORT}`,
    log,
    roles,
    listen: port === null ? null : { host: configuration.text("HOST"), port },
    studio: null,
    demo: null,
  });
  const serving = await Promise.race([starting, whenAborted(stopping)]);
  // Nothing is in hand yet, and a database that says nothing may keep us for as long as it likes.
  if (!serving) return 0;
  log.info("process.ready", { roles, port: serving.port, queue: chooseQueue(configuration), storage: serving.parts.storage.name });
  await whenAborted(stopping);
  log.info("process.stopping");
  await serving.stop();
  return 0;
}

// Links to media name the port, so it has to be known before anything listens.
async function choosePort(configuration: Configuration, roles: readonly RoleName[]): Promise<number | null> {
  const port = configuration.number("PORT") ?? (roles.includes("api") ? API_PORT : null);
  return port === 0 ? freePort(0, configuration.text("HOST") ?? "0.0.0.0") : port;
}

const requiredBy = (roles: readonly RoleName[]): readonly VariableName[] => ["DATABASE_URL", ...(roles.some(signs) ? (["AUTH_SECRET"] as const) : [])];

/** Whether it makes or checks what is signed with AUTH_SECRET. */
export const signs = (role: RoleName): boolean => role === "api" || role === "gen";

const SWITCHES = {
  relay: "START_OUTBOX_RELAY",
  gen: "START_GEN_WORKER",
  capture: "ENABLE_CAPTURE_WORKER",
  sweeper: "ENABLE_SESSION_SWEEPER",
} as const satisfies Partial<Record<RoleName, VariableName>>;

/** What runs where nobody names the roles: all but those that a switch of the environment leaves out. */
export const switchedOn = (configuration: Configuration): readonly RoleName[] =>
  allRoles.filter((role) => role === "api" || configuration.flag(SWITCHES[role]));
