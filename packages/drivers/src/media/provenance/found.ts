import type { ProvenanceFound, Splice } from "@cooly/engine/ports";
import { saysSourceType, sourceTypePacket, withSourceType } from "./xmp.ts";

export const c2pa: ProvenanceFound = { says: "c2pa", splices: null };
export const nowhere: ProvenanceFound = { says: null, splices: null };

/** Where a format's XMP lies, or would. */
export interface Place {
  /** The packet that is there; null: none. */
  readonly packet: string | null;
  /** Puts this packet in its place. Null where it does not fit. */
  put(packet: string): readonly Splice[] | null;
}

export function foundAt({ packet, put }: Place): ProvenanceFound {
  if (packet !== null && saysSourceType(packet)) return { says: "source_type", splices: null };
  const wanted = packet === null ? sourceTypePacket : withSourceType(packet);
  return { says: null, splices: wanted === null ? null : put(wanted) };
}
