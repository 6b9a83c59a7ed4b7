/** What has to be known of media bytes, and the small pictures made from them. The original is never rewritten. */
export interface MediaInspector {
  /**
   * Reads what the bytes are, from the bytes. Throws `MediaUnusable` for anything that is not media of an allowed kind; whatever
   * else it throws says nothing about them. Of a file it reads no more at a time than it needs for the small picture.
   */
  inspect(source: MediaSource): Promise<Inspected>;
}

/** Bytes in memory, or a file of this machine. */
export type MediaSource = Uint8Array | { readonly path: string };

export interface Inspected {
  readonly mime: "image/png" | "image/webp" | "image/jpeg";
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  /** WebP, at most 512 px on its longer side. */
  readonly thumbnail: Uint8Array;
  /** ThumbHash, base64. */
  readonly thumbhash: string;
}

export class MediaUnusable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MediaUnusable";
  }
}
