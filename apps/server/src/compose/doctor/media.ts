/** Draws the poster of a film as vendors send them, by what this machine has for that. Every generation works without. */
import { join } from "node:path";
import type { Finding } from "@cooly/engine/ports";

/** Two grey pictures of H.264 in its high profile, which nothing of our own decodes. */
const FILM = join(import.meta.dirname, "high-profile.mp4");

export async function examineMedia(path: string | null): Promise<readonly Finding[]> {
  const { createMediaInspector, findFfmpeg } = await import("@cooly/drivers/media/by-kind");
  const ffmpeg = findFfmpeg(path);
  if (ffmpeg === null) {
    const says = "No FFmpeg on the PATH: only films in H.264's baseline profile have a poster, and only WAV and MP3 a waveform.";
    return [{ code: "media.plain", level: "good", says }];
  }
  let cause = "It says nothing.";
  const media = createMediaInspector({ ffmpeg, onUndecoded: (error) => (cause = error instanceof Error ? error.message : String(error)) });
  try {
    const { thumbnail } = await media.inspect({ path: FILM });
    if (thumbnail !== null) return [{ code: "media.ffmpeg", level: "good", says: "FFmpeg: posters of every film, and waveforms of every sound." }];
    return [
      {
        code: "media.undecoded",
        level: "warning",
        says: `${ffmpeg.command} draws no poster of a film in H.264.`,
        cause,
        fix: "Install a build that decodes H.264.",
      },
    ];
  } finally {
    media.close();
  }
}
