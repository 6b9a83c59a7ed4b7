import { readFile } from "node:fs/promises";
import { ProviderEntry } from "@cooly/engine";
import { z } from "zod";

const PATIENCE_MS = 60_000;

/** A log from a file or an address: a JSON array, or a JSON document a line. */
export async function readProviderLog(where: string): Promise<{ entries: ProviderEntry[] } | { message: string }> {
  try {
    const text = /^https?:/.test(where) ? await download(where) : await readFile(where, "utf8");
    const read: unknown = text.trimStart().startsWith("[")
      ? JSON.parse(text)
      : text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown);
    return { entries: z.array(ProviderEntry).parse(read) };
  } catch (error) {
    return { message: `the provider's log ${where} cannot be read: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}` };
  }
}

async function download(url: string): Promise<string> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!reply.ok) throw new Error(`it was answered with ${reply.status}`);
  return reply.text();
}
