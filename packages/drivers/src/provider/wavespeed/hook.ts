import type { HookReader } from "@cooly/engine/ports";
import { addresseeOf } from "../return-address.ts";
import { jsonIn, signedIdOf } from "../signed-message.ts";
import { Prediction, sightOf } from "./prediction.ts";

export interface WaveSpeedHookOptions {
  /** Of the API, by which the addresses of callbacks are ours. */
  readonly key: string;
  /** `whsec_…`, of the account. */
  readonly secret: string;
}

/** Reads WaveSpeed's webhooks. They look like Standard Webhooks and are not: the secret is no base64, and signatures are `v3` and hexadecimal. */
export function createWaveSpeedHookReader({ key, secret }: WaveSpeedHookOptions): HookReader {
  const signing = { key: secret.replace(/^whsec_/, ""), version: "v3", encoding: "hex" } as const;
  return {
    read({ headers, query, body }, now) {
      const addressee = addresseeOf(query, key);
      const eventId = addressee && signedIdOf({ headers, body }, signing, now);
      if (!eventId) return null;
      const said = Prediction.safeParse(jsonIn(body));
      if (!said.success) return null;
      const sight = sightOf(said.data, { key, model: addressee.about, pollAfterSeconds: 0 });
      // Bytes are not kept in the inbox: they are fetched.
      const isHint = sight.kind === "running" || (sight.kind === "delivered" && sight.result.from === "bytes");
      const operation = { id: said.data.id, model: addressee.about };
      return { eventId, outputId: addressee.outputId, taskId: said.data.id, operation, sight: isHint ? null : sight };
    },
  };
}
