import type { HookReader } from "@cooly/engine/ports";
import { z } from "zod";
import { objectIn } from "../../http/reply.ts";
import { addresseeOf } from "../return-address.ts";

const Body = z.object({ id: z.string(), status: z.string() });

/** Callbacks of ModelArk are not signed: their address says whom they are for, and what they say is not believed but looked up. `key`: of the API. */
export const createBytePlusHookReader = ({ key }: { readonly key: string }): HookReader => ({
  read({ query, body }) {
    const addressee = addresseeOf(query, key);
    const said = Body.safeParse(objectIn({ text: Buffer.from(body).toString("utf8") }));
    if (!addressee || !said.success) return null;
    const { id, status } = said.data;
    return { eventId: `${addressee.outputId}:${id}:${status}`, outputId: addressee.outputId, taskId: id, operation: { id }, sight: null };
  },
});
