import type { HookReader } from "@cooly/engine/ports";
import { addresseeOf } from "../return-address.ts";
import { jsonIn, signedIdOf } from "../signed-message.ts";
import { Prediction, sightOf } from "./prediction.ts";

export interface ReplicateHookOptions {
  /** Of the API, by which the addresses of callbacks are ours. */
  readonly key: string;
  /** `whsec_…`, of the account. */
  readonly secret: string;
}

/** Reads Replicate's webhooks, which are Standard Webhooks around a prediction. One that runs is worth nothing but a look. */
export function createReplicateHookReader({ key, secret }: ReplicateHookOptions): HookReader {
  const signing = { key: Buffer.from(secret.replace(/^whsec_/, ""), "base64"), version: "v1", encoding: "base64" } as const;
  return {
    read({ headers, query, body }, now) {
      const addressee = addresseeOf(query, key);
      const eventId = addressee && signedIdOf({ headers, body }, signing, now);
      if (!eventId) return null;
      const said = Prediction.safeParse(jsonIn(body));
      if (!said.success) return null;
      const sight = sightOf(said.data, { key, pollAfterSeconds: 0 });
      // Bytes are not kept in the inbox: they are fetched.
      const isHint = sight.kind === "running" || (sight.kind === "delivered" && sight.result.from === "bytes");
      return { eventId, outputId: addressee.outputId, taskId: said.data.id, operation: { id: said.data.id }, sight: isHint ? null : sight };
    },
  };
}
