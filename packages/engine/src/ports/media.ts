/** What has to be known of media bytes, and the small pictures made from them. The original is never rewritten. */
export interface MediaInspector {
  /** Reads what the bytes are, from the bytes. Throws `MediaUnusable` for anything that is not media of an allowed kind. */
  inspect(bytes: Uint8Array): Promise<Inspected>;
}

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
