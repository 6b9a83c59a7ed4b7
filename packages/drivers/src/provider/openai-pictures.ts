/** How a picture is asked for and answered in OpenAI's protocol. One call makes one: each output is a call of its own. */
import type { Started } from "@cooly/engine/ports";
import { isFile, multipartOf, type FormField } from "../http/multipart.ts";
import { objectIn, type Reply } from "../http/reply.ts";
import { inlineUriOf } from "./file-fields.ts";
import type { Troubles } from "./trouble.ts";
import { answeredBy, troubleIn, type Call } from "./openai-protocol.ts";

/** `image`: one picture or a list, `mask`: where to edit the first; each a file, or an address or data URI. With them it is an edit. */
export function pictureCall(fields: Readonly<Record<string, unknown>>): Call {
  const { image, mask, ...rest } = fields;
  const images = [image ?? []].flat();
  if (images.length === 0) return { path: "/images/generations", type: "application/json", body: JSON.stringify(rest) };
  if (images.every(isFile) && (mask === undefined || isFile(mask))) {
    const { type, bytes } = multipartOf([...fieldsOf(rest), ...images.map((file): FormField => ["image[]", file]), ...(mask ? [["mask", mask] as const] : [])]);
    return { path: "/images/edits", type, body: bytes };
  }
  const body = { ...rest, images: images.map(addressed), ...(mask !== undefined && { mask: addressed(mask) }) };
  return { path: "/images/edits", type: "application/json", body: JSON.stringify(body) };
}

const addressed = (value: unknown): { image_url: string } => ({ image_url: isFile(value) ? inlineUriOf(value) : String(value) });

/** A form holds only text: what lies within another field is `outer[inner]`. */
const fieldsOf = (fields: Readonly<Record<string, unknown>>, within: string = ""): readonly FormField[] =>
  Object.entries(fields).flatMap(([name, value]): readonly FormField[] => {
    const path = within ? `${within}[${name}]` : name;
    if (value === undefined || value === null) return [];
    return typeof value === "object" ? fieldsOf(value as Readonly<Record<string, unknown>>, path) : [[path, String(value)]];
  });

export function readPicture(reply: Reply, troubles: Troubles): Started {
  if (reply.status < 200 || reply.status > 299) return troubles.refusal(answeredBy(reply));
  const said = objectIn(reply);
  const first: unknown = Array.isArray(said?.["data"]) ? said["data"][0] : undefined;
  const { b64_json, url } = (first ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof b64_json === "string" && b64_json !== "") return { kind: "delivered", result: { from: "bytes", body: Buffer.from(b64_json, "base64") } };
  if (typeof url === "string" && /^https?:/u.test(url)) return { kind: "delivered", result: { from: "url", url } };
  if (said?.["error"]) return troubles.failure(troubleIn(said));
  return { kind: "unknown", why: "the answer was good and held neither a picture nor an error" };
}
