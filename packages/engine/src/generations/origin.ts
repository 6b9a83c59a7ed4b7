import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";

/** Where a generation came from, for lines and traces: nothing is decided by it. */
export const Origin = z.object({
  request_id: z.string().optional(),
  /** As of W3C: the span that it was accepted in. */
  traceparent: z.string().optional(),
  /** By the clock of the process that accepted it. */
  accepted_ms: z.number().optional(),
});
export type Origin = z.infer<typeof Origin>;

/** The spans that the generations of these outputs were accepted in, each once. */
export const tracesOf = async (db: Runner, outputIds: readonly string[]): Promise<string[]> =>
  (await db.rows(findTraces, [outputIds])).map(({ traceparent }) => traceparent);

// By look-ups alone, in two steps: for a batch the planner would read the tables.
const findTraces = statement(
  "generations.find_traces",
  z.object({ traceparent: z.string() }),
  `select distinct t.traceparent from (
     select (select g.origin ->> 'traceparent' from generations g where g.id = (select o.generation_id from outputs o where o.id = i.id)) as traceparent
     from unnest($1::uuid[]) as i (id)) t where t.traceparent is not null`,
);
