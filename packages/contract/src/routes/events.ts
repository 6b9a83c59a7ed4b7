/** The `data` of each server-sent event, by its type. The `id` is the account's own count: it rises by one, without a gap. */
import { z } from "zod";
import { publicId } from "../ids.ts";
import { defineRoute } from "./define.ts";
import { GenerationParams, GenerationView, OutputView } from "./generations.ts";
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

const EventHeaders = z.object({ "last-event-id": z.string().optional().meta({ description: "Replays everything after this id." }) });

export const streamGeneration = defineRoute({
  name: "generations.events",
  method: "GET",
  path: "/v1/generations/:id/events",
  summary: "The events of one generation from its start, as server-sent events; ends after the terminal one.",
  access: "generations:read",
  params: GenerationParams,
  headers: EventHeaders,
  success: { status: 200, mediaType: "text/event-stream", event: Event, description: "`id`, `event` and `data` (see Event)." },
  failures: ["unauthenticated", "insufficient_scope", "not_found", "invalid_parameter", "not_acceptable", "too_many_streams"],
});

export const streamEvents = defineRoute({
  name: "events.stream",
  method: "GET",
  path: "/v1/events",
  summary: "Everything that happens in the account, as server-sent events. Without Last-Event-ID: from now on.",
  access: "generations:read",
  headers: EventHeaders,
  success: { status: 200, mediaType: "text/event-stream", event: Event, description: "`id`, `event` and `data` (see Event)." },
  failures: ["unauthenticated", "insufficient_scope", "invalid_parameter", "not_acceptable", "too_many_streams"],
});
