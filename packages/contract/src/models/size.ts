import { z } from "zod";

const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/;

/** In pixels, "WIDTHxHEIGHT". */
export const Size = z.string().regex(SIZE, { error: "must be a size, for example 1280x720" });

/** "1024x768" -> { width: 1024, height: 768 }; null for anything else. */
export function parseSize(size: unknown): { width: number; height: number } | null {
  const match = typeof size === "string" ? SIZE.exec(size) : null;
  return match ? { width: Number(match[1]), height: Number(match[2]) } : null;
}
