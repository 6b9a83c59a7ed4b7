/**
 * Where a vendor calls back about one output: our address with the output in it, and a proof that we wrote it. So a callback finds its output even
 * where the vendor's answer, and with it the vendor's own id, was lost; and nobody else can make us read a message about it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const proofOf = (secret: string, outputId: string, about: string): Buffer =>
  createHmac("sha256", secret).update(`return address of ${outputId} ${about}`).digest();

export interface Addressee {
  readonly outputId: string;
  /** What else is to be known when the callback comes. */
  readonly about?: string;
}

/** `secret`: our key at that vendor. With another one, callbacks that are still to come are refused, and looks find the rest. */
export function returnAddress(hookUrl: string, { secret, outputId, about = "" }: Addressee & { secret: string }): string {
  const url = new URL(hookUrl);
  url.searchParams.set("output", outputId);
  if (about !== "") url.searchParams.set("about", about);
  url.searchParams.set("proof", proofOf(secret, outputId, about).toString("hex"));
  return url.href;
}

/** Whom a callback is for; null unless the address is one that we gave. */
export function addresseeOf(query: URLSearchParams, secret: string): Required<Addressee> | null {
  const [outputId, about, proof] = [query.get("output"), query.get("about") ?? "", query.get("proof")];
  if (!outputId || !proof) return null;
  const [given, wanted] = [Buffer.from(proof, "hex"), proofOf(secret, outputId, about)];
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? { outputId, about } : null;
}
