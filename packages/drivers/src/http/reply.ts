import type { IncomingMessage } from "node:http";

/** A whole answer in memory. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  /** `bytes` as UTF-8. */
  readonly text: string;
}

/** A vendor's largest picture as base64. */
const REPLY_MAX = 96 * 1024 * 1024;

/** Throws if it is too large or breaks off. */
export async function readReply(response: IncomingMessage, maxBytes: number = REPLY_MAX): Promise<Reply> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the reply is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    get text() {
      return bytes.toString("utf8");
    },
  };
}

/** The JSON object in it; null if there is none. */
export function objectIn({ text }: Pick<Reply, "text">): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
