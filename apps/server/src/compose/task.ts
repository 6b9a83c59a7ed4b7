/** Runs a task beside whatever runs: one JSON document in on stdin, one out on stdout. */
import { migrate } from "@cooly/engine";
import { roles } from "@cooly/topology";
import { tasks } from "../tasks/index.ts";
import type { TaskParts } from "../tasks/task.ts";
import { createApi } from "../api/index.ts";
import { createEventHub, createLimiter, createSubmit } from "@cooly/engine";
import { loadConfiguration } from "./configuration.ts";
import { findEmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { loadSecrets } from "./home.ts";
import { createLog } from "./log.ts";
import { openParts } from "./parts.ts";
import { apiSettings } from "./serve.ts";

export async function runTask(name: string): Promise<number> {
  const task = tasks.get(name);
  if (!task) {
    process.stderr.write(`there is no task ${name}; the tasks are ${[...tasks.keys()].join(", ")}\n`);
    return 2;
  }
  const options: unknown = JSON.parse(await readStdin());
  const parts = await openTaskParts();
  try {
    const answer = await task(parts, options);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return answer.ok ? 0 : 1;
  } finally {
    await parts.close();
  }
}

async function readStdin(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk as string;
  return text || "{}";
}

// Beside a running `npm start` this joins its database; alone it starts that database for as long as the task takes.
async function openTaskParts(): Promise<TaskParts> {
  const configuration = loadConfiguration(roles);
  const log = createLog("warn", process.stderr);
  const given = configuration.text("DATABASE_URL");
  const running = given ? null : await findEmbeddedPostgres(configuration.home);
  const started = given || running ? null : await startEmbeddedPostgres({ home: configuration.home, durable: true });
  const databaseUrl = given ?? (running ?? started)!.url;
  const migrateUrl = configuration.text("DATABASE_DIRECT_URL") ?? databaseUrl;
  if (started) await migrate({ connectionString: migrateUrl });
  const secret = configuration.text("AUTH_SECRET") ?? loadSecrets(configuration.home).authSecret;
  const publicUrl = configuration.text("PUBLIC_URL") ?? "http://localhost";
  const parts = openParts({ configuration, databaseUrl, publicUrl, secret, log });
  const submit = createSubmit(parts.db, parts.doorbell);
  return {
    ...parts,
    submit,
    migrateUrl,
    createPerson: async ({ freeCredits, ...person }) => {
      const hub = createEventHub(parts);
      const limiter = createLimiter(parts);
      const asConfigured = apiSettings({ configuration, publicUrl, authSecret: secret, demo: null });
      const settings = freeCredits ? asConfigured : { ...asConfigured, freeCredits: 0 };
      const api = await createApi({ ...parts, hub, limiter, submit, studio: null, settings, readiness: async () => ({}) });
      try {
        return await api.auth.createPerson(person);
      } finally {
        await api.close();
        await hub.close();
        await limiter.close();
      }
    },
    async close() {
      await parts.close();
      if (started) await started.stop();
    },
  };
}
