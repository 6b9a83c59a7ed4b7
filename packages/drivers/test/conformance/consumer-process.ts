/**
 * `consumer-process.ts <address> hold|answer|publish`: takes messages, tells its parent of each, and never ends with one or is done at once;
 * or publishes one, and tells of that.
 */
import { randomUUID } from "node:crypto";
import type { Message } from "@cooly/engine/ports";
import type { QueueAddress } from "./ground.ts";
import { openQueue } from "./open-queue.ts";

const [address, manner] = process.argv.slice(2);
process.on("disconnect", () => process.exit(0));

async function handle(message: Message): Promise<void> {
  process.send!(message);
  if (manner === "hold") await new Promise(() => undefined);
}

try {
  const queue = await openQueue(JSON.parse(address!) as QueueAddress);
  const sent: Message = { outputId: randomUUID(), attempt: 0 };
  if (manner === "publish") await queue.publish([sent]).then(() => process.send!(sent));
  else await queue.consume(handle, { concurrency: 4, signal: new AbortController().signal });
} catch (error) {
  process.send!({ failed: String(error) });
}
