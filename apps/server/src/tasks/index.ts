import { migrate, verify } from "./books.ts";
import { queueDiscard, queueLs, queueRetry } from "./dead-letters.ts";
import { modelAdd, modelCheck, modelDisable, modelEnable, modelLs, modelReset, modelShow } from "./models.ts";
import { queueRedrive } from "./queue.ts";
import { creditsGrant, keyAdd, seed, userAdd } from "./people.ts";
import type { Task } from "./task.ts";
import { unknownLs, unknownWriteOff } from "./unknowns.ts";

export const tasks: ReadonlyMap<string, Task> = new Map([
  ["migrate", migrate],
  ["verify", verify],
  ["seed", seed],
  ["user-add", userAdd],
  ["key-add", keyAdd],
  ["credits-grant", creditsGrant],
  ["model-ls", modelLs],
  ["model-show", modelShow],
  ["model-check", modelCheck],
  ["model-add", modelAdd],
  ["model-enable", modelEnable],
  ["model-disable", modelDisable],
  ["model-reset", modelReset],
  ["queue-ls", queueLs],
  ["queue-retry", queueRetry],
  ["queue-discard", queueDiscard],
  ["queue-redrive", queueRedrive],
  ["unknown-ls", unknownLs],
  ["unknown-write-off", unknownWriteOff],
]);
