import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookReader } from "@cooly/engine/ports";
import { z } from "zod";
import { readSight, View } from "./view.ts";

const RECENT_MS = 5 * 60_000;

const Message = z.object({ job: z.intersection(View, z.object({ client_id: z.uuid().nullable() })) });

/** Reads the simulator's webhooks, which are signed like Standard Webhooks. A message that it runs is worth nothing but a look. */
export function createSimulatorHookReader(secret: string): HookReader {
  return {
    read({ headers, body }, now) {
      const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
      if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") return null;
      if (!(Math.abs(now.getTime() - Number(timestamp) * 1000) < RECENT_MS)) return null;
      const wanted = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(body).digest();
      if (!signatures.split(" ").some((given) => isSame(given, wanted))) return null;
      const { job } = Message.parse(JSON.parse(Buffer.from(body).toString("utf8")));
      return { eventId: id, outputId: job.client_id, taskId: job.id, sight: job.status === "running" ? null : readSight(job) };
    },
  };
}

function isSame(given: string, wanted: Buffer): boolean {
  const bytes = Buffer.from(given.replace(/^v1,/, ""), "base64");
  return given.startsWith("v1,") && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
