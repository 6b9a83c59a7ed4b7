import { Fault, receiveHook } from "@cooly/contract";
import { receiveHook as keep } from "@cooly/engine";
import { readBytes } from "../http/json-body.ts";
import { bind, type BoundRoute } from "../http/route.ts";
import type { ApiParts } from "../parts.ts";

/** Keeps what providers say, and rings for whoever acts on it. */
export function hookRoutes({ db, doorbell, hooks, clock }: ApiParts): BoundRoute[] {
  return [
    bind(receiveHook, async ({ params, request }) => {
      const provider = params["provider"]!;
      const reader = hooks.get(provider);
      if (!reader) throw new Fault("not_found");
      const { searchParams: query } = new URL(request.url!, "http://localhost");
      const heard = await reader.read({ headers: request.headers, query, body: await readBytes(request) }, clock.now());
      if (!heard) throw new Fault("invalid_signature");
      if (await keep(db, provider, heard)) doorbell.ring("inbox");
      return { body: { received: true as const } };
    }),
  ];
}
