import type { Result } from "@cooly/engine/ports";

/** A vendor's address of a result, which may hold the result itself. Null: it is neither. */
export function resultAt(address: unknown): Result | null {
  if (typeof address !== "string") return null;
  const inline = /^data:[^,]*;base64,/.exec(address);
  if (inline) return { from: "bytes", body: Buffer.from(address.slice(inline[0].length), "base64") };
  return /^https?:\/\//.test(address) ? { from: "url", url: address } : null;
}
