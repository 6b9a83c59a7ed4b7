import type { MediaSource } from "./media.ts";

/** Says in a file that it was made by a model, where the file does not say it itself. */
export interface Provenance {
  read(source: MediaSource): Promise<ProvenanceFound>;
}

export interface ProvenanceFound {
  /** `c2pa`: a manifest, which any change would break. `source_type`: the file says by IPTC's word how it came to be. */
  readonly says: "c2pa" | "source_type" | null;
  /** What has to be changed for it to be said; null where it is said, or where this format has no place for it. */
  readonly splices: readonly Splice[] | null;
}

/** In place of `skip` bytes from `at` of the original there are these. In the order of `at`. */
export interface Splice {
  readonly at: number;
  readonly skip: number;
  readonly bytes: Uint8Array;
}
