import { z } from "zod";
import { statement, type Database, type Doorbell } from "../db/index.ts";

export type Canceled = "requested" | "canceled" | "finished" | "missing";

/** A request: outputs that nobody works on settle now, the others when their worker reads it. What settled first wins. */
export async function requestCancel(db: Database, doorbell: Pick<Doorbell, "ring">, target: { accountId: string; generationId: string }): Promise<Canceled> {
  const { outcome } = await db.one(request, [target.accountId, target.generationId]);
  doorbell.ring("cancel");
  doorbell.ring("events");
  return outcome;
}

// Locks the account.
const request = statement(
  "generations.request_cancel",
  z.object({ outcome: z.enum(["requested", "canceled", "finished", "missing"]) }),
  `select request_cancel($1, $2) as outcome`,
);
