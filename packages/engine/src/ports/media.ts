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

export type Inspected = InspectedPicture | InspectedVideo | InspectedAudio;

export interface InspectedPicture {
  readonly kind: "image";
  readonly mime: "image/png" | "image/webp" | "image/jpeg";
  readonly width: number;
  readonly height: number;
  readonly durationMs: null;
  /** WebP, at most 512 px on its longer side. */
  readonly thumbnail: Uint8Array;
  /** ThumbHash, base64. */
  readonly thumbhash: string;
}

export interface InspectedVideo {
  readonly kind: "video";
  readonly mime: "video/mp4" | "video/webm" | "video/quicktime";
  /** As it is to be shown: pixels square, turned upright. */
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** Of what it begins with, as of a picture; null where nothing here can decode it. */
  readonly thumbnail: Uint8Array | null;
  readonly thumbhash: string | null;
}

export interface InspectedAudio {
  readonly kind: "audio";
  readonly mime: "audio/wav" | "audio/mpeg" | "audio/ogg" | "audio/flac" | "audio/mp4" | "audio/webm";
  readonly width: null;
  readonly height: null;
  readonly durationMs: number;
  readonly thumbnail: null;
  readonly thumbhash: null;
  /** How loud it is over its length: 128 peaks of one byte each, base64. Null where nothing here can decode it. */
  readonly waveform: string | null;
}

export class MediaUnusable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MediaUnusable";
  }
}
