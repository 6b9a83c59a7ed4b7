/** What a person's program does with a file: announce it, put it, confirm it. */
import { createHash } from "node:crypto";
import type { UploadView } from "@cooly/contract";
import type { House } from "./fixture.ts";

type Headers = Record<string, string>;

export interface Offered {
  readonly bytes: Uint8Array;
  readonly purpose?: "image" | "mask" | "audio";
  readonly mime?: string;
  readonly sha256?: string;
}

export async function announce(house: House, key: Headers, { bytes, purpose = "image", mime = "image/png", sha256 }: Offered): Promise<UploadView> {
  const reply = await house.post("/v1/uploads", { purpose, mime, bytes: bytes.length, ...(sha256 !== undefined && { sha256 }) }, key);
  if (reply.status !== 201) throw new Error(`announcing answered ${reply.status}: ${await reply.text()}`);
  return (await reply.json()) as UploadView;
}

export const addressOf = (house: House, url: string): string => (url.startsWith("/") ? house.origin + url : url);

export function put(house: House, { put: link }: UploadView, bytes: Uint8Array): Promise<Response> {
  return fetch(addressOf(house, link!.url), { method: link!.method, headers: link!.headers, body: bytes as unknown as string });
}

export const confirm = (house: House, key: Headers, id: string): Promise<Response> =>
  fetch(`${house.origin}/v1/uploads/${id}/confirm`, { method: "POST", headers: key });

/** All of it; what the confirmation says. */
export async function give(house: House, key: Headers, offered: Offered): Promise<{ id: string; status: number; body: UploadView & { code?: string } }> {
  const upload = await announce(house, key, offered);
  const stored = await put(house, upload, offered.bytes);
  if (!stored.ok) throw new Error(`the put answered ${stored.status}: ${await stored.text()}`);
  const reply = await confirm(house, key, upload.id);
  return { id: upload.id, status: reply.status, body: (await reply.json()) as UploadView & { code?: string } };
}

export const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
