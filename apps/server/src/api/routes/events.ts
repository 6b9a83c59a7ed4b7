import { Fault, streamEvents, streamGeneration } from "@cooly/contract";
import { findGeneration, startOfGeneration } from "@cooly/engine";
import { bindStream, type BoundRoute } from "../http/route.ts";
import type { ApiParts } from "../parts.ts";
import { readLastEventId, type Streams } from "../sse.ts";
import { uuidOf } from "./generations.ts";

const terminal = new Set(["generation.succeeded", "generation.failed", "generation.canceled"]);

export function eventRoutes({ db }: ApiParts, streams: Streams): BoundRoute[] {
  return [
    bindStream(streamEvents, ({ request, response }, caller) =>
      streams.open(request, response, { accountId: caller.accountId, after: readLastEventId(request), wanted: () => true, last: () => false }),
    ),

    bindStream(streamGeneration, async ({ params, request, response }, caller) => {
      const generationId = uuidOf(params["id"]!);
      const after = readLastEventId(request);
      if (!(await findGeneration(db, caller.accountId, generationId))) throw new Fault("not_found");
      const start = await startOfGeneration(db, generationId);
      const wanted = ({ generation_id }: { generation_id: string | null }): boolean => generation_id === generationId;
      await streams.open(request, response, {
        accountId: caller.accountId, after: Math.max(after ?? 0, start), wanted, last: (event) => wanted(event) && terminal.has(event.type),
      });
    }),
  ];
}
