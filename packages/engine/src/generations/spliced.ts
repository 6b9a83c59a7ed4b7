import type { Pieces, Splice } from "../ports/index.ts";

/** How much longer bytes become. */
export const growthOf = (splices: readonly Splice[]): number => splices.reduce((sum, { skip, bytes }) => sum + bytes.length - skip, 0);

/** The same bytes but for what the splices change. */
export async function* spliced(pieces: Pieces, splices: readonly Splice[]): AsyncGenerator<Uint8Array> {
  const open = splices.toSorted((one, other) => one.at - other.at);
  // Where the piece begins, and up to where the original is left out.
  let [begins, leftOut] = [0, 0];
  for await (const piece of pieces) {
    let at = begins;
    const ends = begins + piece.length;
    while (open.length > 0 && open[0]!.at < ends) {
      const { at: from, skip, bytes } = open.shift()!;
      if (from > Math.max(at, leftOut)) yield piece.subarray(Math.max(at, leftOut) - begins, from - begins);
      if (bytes.length > 0) yield bytes;
      at = from;
      leftOut = Math.max(leftOut, from + skip);
    }
    if (Math.max(at, leftOut) < ends) yield piece.subarray(Math.max(at, leftOut) - begins);
    begins = ends;
  }
  for (const { bytes } of open) yield bytes;
}
