import type { Sight } from "@cooly/engine/ports";
import { z } from "zod";

export const POLL_SECONDS = 0.5;

/** What the simulator says of a job. */
export const View = z
  .object({ id: z.string() })
  .and(
    z.discriminatedUnion("status", [
      z.object({ status: z.literal("running"), progress: z.number() }),
      z.object({ status: z.literal("succeeded"), output: z.url().nullable() }),
      z.object({ status: z.enum(["refused", "failed"]), message: z.string() }),
      z.object({ status: z.literal("canceled") }),
    ]),
  );
export type JobView = z.infer<typeof View>;

/** What a view says, in our words. */
export function readSight(view: JobView): Sight {
  switch (view.status) {
    case "running":
      return { kind: "running", progress: view.progress, pollAfterSeconds: POLL_SECONDS };
    case "succeeded":
      return view.output === null
        ? { kind: "failed", class: "permanent", message: "The provider finished without a result." }
        : { kind: "delivered", result: { from: "url", url: view.output }, costUsd: 0.01 };
    case "refused":
      return { kind: "refused", message: view.message };
    case "failed":
      return { kind: "failed", class: "transient", message: view.message };
    case "canceled":
      return { kind: "canceled" };
  }
}
