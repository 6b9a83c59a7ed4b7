import type { HookReader } from "@cooly/engine/ports";
import { z } from "zod";

const Body = z.object({ id: z.string(), status: z.string() });

/**
 * Callbacks of ModelArk are not signed. Each goes to an address with a token that only the vendor was told; what it says is not believed but
 * looked up.
 */
export const bytePlusHooks: HookReader = {
  read({ query, body }) {
    const token = query.get("token");
    if (!token) return null;
    const said = Body.safeParse(JSON.parse(Buffer.from(body).toString("utf8")));
    if (!said.success) return null;
    const { id, status } = said.data;
    return { eventId: `${token}:${id}:${status}`, outputId: null, taskId: token, sight: null };
  },
};
