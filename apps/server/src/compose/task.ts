/**
 * Runs a task beside whatever runs: one JSON document in on stdin, one a line out on stdout. The last line is the answer; those
 * before it are `{"progress": ...}`.
 */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { createSubmit, migrate } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";
import { roles } from "@cooly/topology";
import { tasks } from "../tasks/index.ts";
import type { TaskParts } from "../tasks/task.ts";
import { loadConfiguration, type Configuration } from "./configuration.ts";
import { refuseUnfit } from "./database-check.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { loadSecrets } from "./home.ts";
import { createLog } from "./log.ts";
import { openParts, type Parts } from "./parts.ts";
import { setUpQueue } from "./queue-setup.ts";
import { apiSettings } from "./serve.ts";
import { stopSignal } from "./signals.ts";

/** The one task that is there before any database. */
const QUEUE_SETUP = "queue-setup";

export async function runTask(name: string): Promise<number> {
  // It is for what keeps every other task from beginning.
  if (name === "doctor") return runDoctor();
  const task = tasks.get(name);
  if (!task && name !== QUEUE_SETUP) {
    process.stderr.write(`there is no task ${name}; the tasks are ${[...tasks.keys(), QUEUE_SETUP].join(", ")}\n`);
    return 2;
  }
  const options: unknown = JSON.parse(await readStdin());
  const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  if (!task) {
    const answer = await setUpQueue(options);
    write(answer);
    return answer.ok ? 0 : 1;
  }
  const configuration = loadConfiguration(roles);
  // A wish to stop lets the task end: it is short or listens, and a database that it has started ends with it.
  const signal = stopSignal();
  const parts = await openTaskParts(configuration);
  try {
    if (name !== "migrate") await refuseUnfit(parts.db);
    const answer = await task(parts, options, { signal, tell: (progress) => write({ progress }) });
    write(answer);
    return answer.ok ? 0 : 1;
  } finally {
    await parts.close();
  }
}

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function runDoctor(): Promise<number> {
  const { diagnose } = await import("./doctor/index.ts");
  const diagnosis = await diagnose(process.env, resolve(".env"), JSON.parse(await readStdin()));
  const ok = diagnosis.verdict === "yes";
  write({ ok, ...(!ok && { code: "will_not_work", message: diagnosis.why }), ...diagnosis });
  return ok ? 0 : 1;
}

async function readStdin(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk as string;
  return text || "{}";
}

// Beside a running `npm start` this joins its database; alone it starts that database for as long as the task takes.
async function openTaskParts(configuration: Configuration): Promise<TaskParts> {
  const log = createLog("warn", process.stderr);
  const given = configuration.text("DATABASE_URL");
  const embedded = given ? null : await startEmbeddedPostgres({ home: configuration.home, durable: true });
  const databaseUrl = given ?? embedded!.url;
  const migrateUrl = configuration.text("DATABASE_DIRECT_URL") ?? databaseUrl;
  try {
    if (embedded) await migrate({ connectionString: migrateUrl });
    const secrets = embedded && loadSecrets(configuration.home);
    // Where people bring their own database no task signs anything that outlives it.
    const secret = configuration.text("AUTH_SECRET") ?? secrets?.authSecret ?? randomBytes(32).toString("base64url");
    const publicUrl = configuration.text("PUBLIC_URL") ?? "http://localhost";
    const parts = await openParts({ configuration, databaseUrl, publicUrl, secret, log });
    return {
      ...parts,
      providers: new Set(parts.resubmit.keys()),
      submit: createSubmit(parts.db, parts.doorbell),
      migrateUrl,
      firstPeople: secrets && { admin: secrets.admin, demo: secrets.demo },
      createPerson: createsPeople(parts, { configuration, publicUrl, authSecret: secret, log }),
      async close() {
        await parts.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

interface PeopleOptions {
  readonly configuration: Configuration;
  readonly publicUrl: string;
  readonly authSecret: string;
  readonly log: Log;
}

function createsPeople(parts: Parts, { log, ...options }: PeopleOptions): TaskParts["createPerson"] {
  return async ({ freeCredits, ...person }) => {
    const { createPeople } = await import("../api/auth/people.ts");
    const asConfigured = apiSettings({ ...options, demo: null, mediaOrigins: [] });
    const settings = freeCredits ? asConfigured : { ...asConfigured, freeCredits: 0 };
    return createPeople({ db: parts.db, settings, log, cache: null }).createPerson(person);
  };
}
