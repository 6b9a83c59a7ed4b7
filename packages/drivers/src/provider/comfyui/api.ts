/** How ComfyUI is asked. Source: its server.py. */
import { createHash } from "node:crypto";
import { ProviderUnreachable, type Finding, type JobReference } from "@cooly/engine/ports";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import type { Attached } from "./graph.ts";

export interface ComfyOptions {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/api`, without a slash at the end. */
  readonly url: string;
  /** Of a gateway before it: ComfyUI itself has none, and must not be open to the world. */
  readonly key?: string;
  /** Default: it is our own machine, and to do it again costs nobody anything. `billed`: its graphs have nodes that are paid for. */
  readonly resubmit?: "free" | "billed";
}

export const headersOf = ({ key }: ComfyOptions): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}`, "x-api-key": key });

export const question = (options: ComfyOptions, path: string, signal: AbortSignal): Promise<Reply> =>
  ask(`${options.url}${path}`, { headers: headersOf(options), signal });

export const order = (options: ComfyOptions, path: string, { body, signal }: { body: object; signal: AbortSignal }): Promise<Reply> =>
  ask(`${options.url}${path}`, {
    method: "POST",
    headers: { ...headersOf(options), "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });

/** Ours before it is sent, so that an attempt whose answer was lost is found by it. Lowercase, or ComfyUI does not take it. */
export function promptIdOf({ outputId, attempt }: Pick<JobReference, "outputId" | "attempt">): string {
  const hex = createHash("sha256").update(`${outputId}/${attempt}`).digest("hex");
  // Of version 8, which means what its maker wants.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Leaves a file where graphs find it, and says how they call it. Nothing was asked for yet: any trouble is that of a server out of reach. */
export async function upload(options: ComfyOptions, { name, file, signal }: { name: string; file: Attached; signal: AbortSignal }): Promise<string> {
  const form = new FormData();
  form.set("image", new Blob([new Uint8Array(file.bytes)], { type: file.mime }), name);
  form.set("type", "input");
  form.set("subfolder", "cooly");
  form.set("overwrite", "true");
  const written = new Response(form);
  const body = new Uint8Array(await written.arrayBuffer());
  const headers = { ...headersOf(options), "content-type": written.headers.get("content-type")! };
  const reply = await ask(`${options.url}/upload/image`, { method: "POST", headers, body, signal }).catch((error: unknown) => {
    throw new ProviderUnreachable("a file could not be uploaded", { cause: error });
  });
  const said = reply.status === 200 ? objectIn(reply) : null;
  if (typeof said?.["name"] !== "string") throw new ProviderUnreachable(`the upload of a file was answered with ${reply.status}`);
  return typeof said["subfolder"] === "string" && said["subfolder"] !== "" ? `${said["subfolder"]}/${said["name"]}` : said["name"];
}

/** Asks what machine it is. */
export async function examine(options: ComfyOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const says = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const reply = await question(options, "/system_stats", signal).catch((error: Error) => error.message);
  const system = typeof reply === "object" && reply.status === 200 ? (objectIn(reply)?.["system"] as Record<string, unknown> | undefined) : undefined;
  if (system) {
    const version = typeof system["comfyui_version"] === "string" ? ` ${system["comfyui_version"]}` : "";
    return says("good", "provider.answers", { says: `ComfyUI${version} answers for ${options.id}.` });
  }
  const known = typeof reply === "object" && (reply.status === 401 || reply.status === 403);
  return says("failure", known ? "provider.key_refused" : "provider.unreachable", {
    says: known ? `What stands before ComfyUI does not take the key of ${options.id}.` : `ComfyUI does not answer for ${options.id}.`,
    cause: typeof reply === "object" ? `it answered ${reply.status}` : reply,
    fix: known ? "Set COMFYUI_API_KEY to the key of that gateway." : "Start ComfyUI, and see that COMFYUI_URL leads to it and ends in /api.",
  });
}
