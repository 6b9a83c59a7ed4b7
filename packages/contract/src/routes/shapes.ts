import { z } from "zod";

/** ISO 8601 in UTC. */
export const Timestamp = z.iso.datetime().meta({ example: "2026-11-24T08:30:00.000Z" });

/** OpenAI's list form. `first_id` and `last_id` are null on an empty page. */
export const listOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .strictObject({
      object: z.literal("list"),
      data: z.array(item),
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
      has_more: z.boolean(),
    })
    .meta({ id });

/** One body for both worlds: RFC 9457 members and OpenAI's `error`. */
export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    error: z.strictObject({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;
