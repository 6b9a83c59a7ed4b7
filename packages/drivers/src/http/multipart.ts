/** A form with files, as one piece made beforehand: its length is known, and nothing of it can fail while it is sent. */
import { randomUUID } from "node:crypto";

/** A file as a field of a vendor's request. */
export interface FileField {
  readonly mime: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function isFile(value: unknown): value is FileField {
  const { mime, name, bytes } = (value ?? {}) as Partial<Record<keyof FileField, unknown>>;
  return bytes instanceof Uint8Array && typeof mime === "string" && typeof name === "string";
}

/** A name may come up more than once. */
export type FormField = readonly [name: string, value: string | FileField];

export function multipartOf(fields: readonly FormField[]): { readonly type: string; readonly bytes: Uint8Array } {
  const boundary = `cooly-${randomUUID()}`;
  const parts = fields.flatMap(([name, value]) => [headOf(boundary, name, value), typeof value === "string" ? Buffer.from(value) : value.bytes, CRLF]);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]) };
}

const CRLF = Buffer.from("\r\n");

function headOf(boundary: string, name: string, value: string | FileField): Buffer {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
  const lines =
    typeof value === "string" ? [disposition] : [`${disposition}; filename="${quoted(value.name)}"`, `Content-Type: ${value.mime.replace(/[\r\n]/gu, "")}`];
  return Buffer.from(`--${boundary}\r\n${lines.join("\r\n")}\r\n\r\n`);
}

/** As browsers do it: no name can end its quotes or its line. */
const quoted = (text: string): string => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
