/** The `data` of each server-sent event, by its type. The `id` is the account's own count: it rises by one, without a gap. */
import { z } from "zod";
import { publicId } from "../ids.ts";
import { GenerationView, OutputView } from "./generations.ts";
import { Timestamp } from "./shapes.ts";

const base = { at: Timestamp, generation_id: publicId("generation") };

export const Event = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("generation.queued"), ...base, generation: GenerationView }),
    z.strictObject({ type: z.literal("generation.running"), ...base, output_id: publicId("output"), index: z.int() }),
    z.strictObject({ type: z.literal("generation.progress"), ...base, output_id: publicId("output"), index: z.int(), progress: z.number().min(0).max(1) }),
    z.strictObject({ type: z.literal("generation.output"), ...base, output: OutputView }),
    z.strictObject({ type: z.literal("generation.unknown"), ...base, output_id: publicId("output"), index: z.int() }),
    z.strictObject({ type: z.literal("generation.succeeded"), ...base, generation: GenerationView }),
    z.strictObject({ type: z.literal("generation.failed"), ...base, generation: GenerationView }),
    z.strictObject({ type: z.literal("generation.canceled"), ...base, generation: GenerationView }),
    z.strictObject({ type: z.literal("credits.changed"), at: Timestamp, available: z.int(), held: z.int() }),
  ])
  .meta({ id: "Event" });
export type Event = z.infer<typeof Event>;
