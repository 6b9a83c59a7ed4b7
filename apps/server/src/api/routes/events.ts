import { Fault, streamEvents, streamGeneration } from "@cooly/contract";
import { findGeneration, startOfGeneration, type LiveEvent } from "@cooly/engine";
import { bindStream, type BoundRoute } from "../http/route.ts";
import type { ApiParts } from "../parts.ts";
import { readLastEventId, type Streams } from "../sse.ts";
import { uuidOf } from "./generations.ts";

const always = (): boolean => true;
const never = (): boolean => false;
const terminal = new Set(["generation.succeeded", "generation.failed", "generation.canceled"]);

export function eventRoutes({ db }: ApiParts, streams: Streams): BoundRoute[] {
  return [
    bindStream(streamEvents, ({ request, response }, caller) =>
      streams.open(request, response, { caller, after: readLastEventId(request), wanted: always, last: never }),
    ),

    bindStream(streamGeneration, async ({ params, request, response }, caller) => {
      const generationId = uuidOf(params["id"]!);
      const after = readLastEventId(request);
      if (!(await findGeneration(db, caller.accountId, generationId))) throw new Fault("not_found");
      const isOfIt = ({ generation_id }: LiveEvent): boolean => generation_id === generationId;
      // From its start always: whoever has seen the last event already is told so by the end of the stream.
      await streams.open(request, response, {
        caller,
        after: await startOfGeneration(db, generationId),
        wanted: (event) => isOfIt(event) && event.seq > (after ?? 0),
        last: (event) => isOfIt(event) && terminal.has(event.type),
      });
    }),
  ];
}
