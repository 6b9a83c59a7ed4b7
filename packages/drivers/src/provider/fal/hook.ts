import { createHash } from "node:crypto";
import type { HookReader, Sight } from "@cooly/engine/ports";
import { z } from "zod";
import { addresseeOf } from "../return-address.ts";
import { isRecent, jsonIn } from "../signed-message.ts";
import { createFalKeys } from "./keys.ts";
import { errorIn, failureOf, verdictOf } from "./verdict.ts";

const Body = z.object({
  request_id: z.string().min(1),
  status: z.enum(["OK", "ERROR"]),
  payload: z.record(z.string(), z.unknown()).nullish().catch(null),
  error: z.string().nullish().catch(null),
});

export interface FalHookOptions {
  /** Of the API, by which the addresses of callbacks are ours. */
  readonly key: string;
  /** https://rest.fal.ai/.well-known/jwks.json */
  readonly keysUrl: string;
}

/**
 * Reads fal's webhooks: ED25519 over ids, time and the hash of the body. Its keys sign for all of its customers, so a message is only taken at an
 * address that we gave.
 */
export function createFalHookReader({ key, keysUrl }: FalHookOptions): HookReader {
  const keys = createFalKeys(keysUrl);
  return {
    async read({ headers, query, body }, now) {
      const addressee = addresseeOf(query, key);
      if (!addressee) return null;
      const names = ["request-id", "user-id", "timestamp", "signature"].map((name) => headers[`x-fal-webhook-${name}`]);
      const [requestId, userId, timestamp, signature] = names;
      if (typeof requestId !== "string" || typeof userId !== "string" || typeof timestamp !== "string" || typeof signature !== "string") return null;
      if (!isRecent(timestamp, now) || !/^[0-9a-f]{128}$/i.test(signature)) return null;
      const message = [requestId, userId, timestamp, createHash("sha256").update(body).digest("hex")].join("\n");
      if (!(await keys.signed(Buffer.from(message), Buffer.from(signature, "hex"), now))) return null;
      const said = Body.safeParse(jsonIn(body));
      if (!said.success) return null;
      const { request_id: taskId, status } = said.data;
      const operation = { id: taskId, model: addressee.about };
      return { eventId: `${taskId}:${status}`, outputId: addressee.outputId, taskId, operation, sight: sightOf(said.data, key) };
    },
  };
}

function sightOf({ status, payload, error }: z.infer<typeof Body>, key: string): Sight | null {
  if (status === "ERROR") {
    const said = errorIn(payload ?? null);
    const http = /status code: (\d{3})/i.exec(error ?? "");
    return failureOf({ ...said, message: said.message ?? error ?? null, ...(http && { status: Number(http[1]) }) }, key);
  }
  // A result that does not fit into a message is fetched; so is one that is bytes.
  const verdict = payload ? verdictOf(payload, key) : null;
  return verdict?.kind === "delivered" && verdict.result.from === "bytes" ? null : verdict;
}
