import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookReader } from "@cooly/engine/ports";
import { z } from "zod";

const RECENT_MS = 5 * 60_000;

/** `id` is an operation's, with or without the path before it. */
const Body = z.object({ type: z.string(), data: z.object({ id: z.string() }) });

/**
 * Webhooks of a project, signed as Standard Webhooks say, by the secret that the vendor told when the webhook was made. They say that something
 * has ended and not how, so each is a reason to look.
 */
export function createGeminiHookReader(secret: string): HookReader {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return {
    read({ headers, body }, now) {
      const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
      if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") return null;
      if (!(Math.abs(now.getTime() - Number(timestamp) * 1000) < RECENT_MS)) return null;
      const wanted = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
      if (!signatures.split(" ").some((given) => isSame(given, wanted))) return null;
      const said = Body.safeParse(parsed(body));
      if (!said.success) return null;
      return { eventId: id, outputId: null, taskId: said.data.data.id.split("/").at(-1)!, sight: null };
    },
  };
}

function isSame(given: string, wanted: Buffer): boolean {
  const bytes = Buffer.from(given.replace(/^v1,/, ""), "base64");
  return given.startsWith("v1,") && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return null;
  }
}
