/**
 * Where a vendor calls back about one output: our address with the output in it, and a proof that we wrote it. So a callback finds its output even
 * where the vendor's answer, and with it the vendor's own id, was lost; and nobody else can make us read a message about it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const proofOf = (secret: string, outputId: string): Buffer => createHmac("sha256", secret).update(`return address of ${outputId}`).digest();

/** `secret`: our key at that vendor. With another one, callbacks that are still to come are refused, and looks find the rest. */
export function returnAddress(hookUrl: string, { secret, outputId }: { secret: string; outputId: string }): string {
  const url = new URL(hookUrl);
  url.searchParams.set("output", outputId);
  url.searchParams.set("proof", proofOf(secret, outputId).toString("hex"));
  return url.href;
}

/** The output that a callback is about; null unless the address is one that we gave. */
export function outputAt(query: URLSearchParams, secret: string): string | null {
  const [outputId, proof] = [query.get("output"), query.get("proof")];
  if (!outputId || !proof) return null;
  const [given, wanted] = [Buffer.from(proof, "hex"), proofOf(secret, outputId)];
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? outputId : null;
}
