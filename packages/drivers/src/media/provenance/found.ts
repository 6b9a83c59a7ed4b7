import type { ProvenanceFound, Splice } from "@cooly/engine/ports";
import { saysMade, sourceTypePacket, withSourceType } from "./xmp.ts";

export const c2pa: ProvenanceFound = { says: "c2pa", splices: null };
export const nowhere: ProvenanceFound = { says: null, splices: null };

/** Where a format's XMP lies, or would. */
export interface Place {
  /** The packet that is there; null: none. */
  readonly packet: string | null;
  /** Puts this packet in its place. Null where it does not fit. */
  put(packet: string): readonly Splice[] | null;
}

/** What it says already; null where there is nothing. Who says something else is not contradicted. */
export function saidIn(xmp: string): ProvenanceFound | null {
  const made = saysMade(xmp);
  return made === null ? null : { says: made ? "source_type" : null, splices: null };
}

export function foundAt({ packet, put }: Place): ProvenanceFound {
  const said = packet === null ? null : saidIn(packet);
  if (said) return said;
  const wanted = packet === null ? sourceTypePacket : withSourceType(packet);
  return { says: null, splices: wanted === null ? null : put(wanted) };
}
