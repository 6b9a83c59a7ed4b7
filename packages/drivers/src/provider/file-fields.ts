/** Files in the fields of a request, for vendors that take an address or a data URI where others take bytes. */
import { ProviderUnreachable } from "@cooly/engine/ports";
import { isFile, type FileField } from "../http/multipart.ts";

/** The same request with what `put` makes of each file in its place; files of one request go one after another. */
export async function withFiles(
  request: Readonly<Record<string, unknown>>,
  put: (file: FileField) => string | Promise<string>,
): Promise<Record<string, unknown>> {
  return (await replaced(request)) as Record<string, unknown>;

  async function replaced(value: unknown): Promise<unknown> {
    if (isFile(value)) return put(value);
    if (Array.isArray(value)) {
      const all: unknown[] = [];
      for (const one of value) all.push(await replaced(one));
      return all;
    }
    if (typeof value !== "object" || value === null) return value;
    const fields: Record<string, unknown> = {};
    for (const [name, one] of Object.entries(value)) fields[name] = await replaced(one);
    return fields;
  }
}

export const inlineUriOf = ({ mime, bytes }: FileField): string => `data:${mime};base64,${Buffer.from(bytes).toString("base64")}`;

/** The same, with what is uploaded before anything is bought: where that fails, nothing was. */
export function withUploads(request: Readonly<Record<string, unknown>>, upload: (file: FileField) => Promise<string>): Promise<Record<string, unknown>> {
  return withFiles(request, (file) =>
    upload(file).catch((cause: unknown) => {
      throw new ProviderUnreachable("a file of the request could not be handed to the provider", { cause });
    }),
  );
}
