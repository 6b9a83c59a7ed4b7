import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookMessage, HookReader } from "@cooly/engine/ports";
import { z } from "zod";
import { addresseeOf } from "../return-address.ts";
import { isRecent, jsonIn } from "../signed-message.ts";

export interface KieHookOptions {
  /** Of the API, by which the addresses of callbacks are ours. */
  readonly key: string;
  /** Of the account's webhooks, where it has set one: then a task's id must be signed by it. */
  readonly secret?: string;
}

const Body = z.object({ code: z.number(), data: z.object({ taskId: z.string().min(1) }) });

/** Reads kie's callbacks. At most their task's id and the time are signed, so what they say is not believed but looked up. */
export function createKieHookReader({ key, secret }: KieHookOptions): HookReader {
  return {
    read({ headers, query, body }, now) {
      const addressee = addresseeOf(query, key);
      const said = addressee && Body.safeParse(jsonIn(body));
      if (!said?.success) return null;
      const { code, data } = said.data;
      if (secret !== undefined && !isSigned(headers, { secret, taskId: data.taskId, now })) return null;
      return { eventId: `${data.taskId}:${code}`, outputId: addressee!.outputId, taskId: data.taskId, operation: { id: data.taskId }, sight: null };
    },
  };
}

function isSigned(headers: HookMessage["headers"], { secret, taskId, now }: { secret: string; taskId: string; now: Date }): boolean {
  const [timestamp, signature] = [headers["x-webhook-timestamp"], headers["x-webhook-signature"]];
  if (typeof timestamp !== "string" || typeof signature !== "string" || !isRecent(timestamp, now)) return false;
  const wanted = createHmac("sha256", secret).update(`${taskId}.${timestamp}`).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
