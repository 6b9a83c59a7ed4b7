/** `queue-setup`: makes what the chosen queue needs. It asks no database, as there may be none yet. */
import { z } from "zod";
import { roles } from "@cooly/topology";
import type { Answer } from "../tasks/task.ts";
import { loadConfiguration, type Configuration } from "./configuration.ts";
import { chooseQueue, sqsPlace } from "./queue.ts";

const Options = z.object({ name: z.string().optional() });
const NAME = "cooly";

export async function setUpQueue(options: unknown, configuration: Configuration = loadConfiguration(roles)): Promise<Answer> {
  const { name } = Options.parse(options);
  const driver = name === undefined ? chooseQueue(configuration) : "sqs";
  if (driver !== "sqs") return { ok: true, driver, note: `The queue is ${driver}: nothing has to be set up.` };
  const { setUpSqsQueues } = await import("@cooly/drivers/queue/sqs/setup");
  const [url, setAsideUrl] = [configuration.text("SQS_MAIN_QUEUE_URL"), configuration.text("SQS_DLQ_QUEUE_URL")];
  const chosen = name ?? nameOf(url) ?? NAME;
  const wish = { name: chosen, setAsideName: (name === undefined && nameOf(setAsideUrl)) || `${chosen}-dlq`, ...(url !== null && { url }) };
  try {
    const made = await setUpSqsQueues({ ...wish, ...sqsPlace(configuration) });
    return { ok: true, driver, environment: { SQS_MAIN_QUEUE_URL: made.url, SQS_DLQ_QUEUE_URL: made.setAsideUrl }, policy: made.policy };
  } catch (error) {
    return { ok: false, code: "queue_setup_failed", message: (error as Error).message };
  }
}

const nameOf = (url: string | null): string | null => (url === null ? null : new URL(url).pathname.split("/").at(-1)!);
