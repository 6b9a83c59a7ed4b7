const extensions: Readonly<Record<string, string>> = { "image/jpeg": "jpg", "image/svg+xml": "svg", "video/quicktime": "mov", "audio/mpeg": "mp3" };

export interface Named {
  /** As it is public. */
  readonly generationId: string;
  readonly kind: string;
  readonly prompt: string;
  readonly index: number;
  readonly mime: string | null;
}

/** "a-lighthouse-on-a-basalt-cliff-3f8k2m-2.png": says what it is, and is not the name of another one. */
export function fileNameOf({ generationId, kind, prompt, index, mime }: Named): string {
  const words =
    prompt
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const name = words.slice(0, 6).join("-").slice(0, 60) || kind;
  const extension = extensions[mime ?? ""] ?? mime?.split("/")[1] ?? "bin";
  return `${name}-${generationId.slice(-6)}-${index + 1}.${extension}`;
}
