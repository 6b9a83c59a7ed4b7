/** `node src/main.ts [--port 4010] [--plan FILE] [--log FILE] [--jobs FILE] [--secret WORDS]`: a provider for developing without keys. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Plan } from "./plan.ts";
import { startSimulator } from "./server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4010" },
    plan: { type: "string" },
    log: { type: "string" },
    jobs: { type: "string" },
    secret: { type: "string" },
  },
});

const simulator = await startSimulator({
  port: Number(values.port),
  ...(values.plan !== undefined && { plan: JSON.parse(readFileSync(values.plan, "utf8")) as Plan }),
  ...(values.log !== undefined && { logFile: values.log }),
  ...(values.jobs !== undefined && { jobsFile: values.jobs }),
  ...(values.secret !== undefined && { secret: values.secret }),
});
console.log(`simulator ready at ${simulator.url}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void simulator.close());
