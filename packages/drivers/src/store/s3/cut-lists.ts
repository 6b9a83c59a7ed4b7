import type { S3Client } from "@aws-sdk/client-s3";

interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: AsyncIterable<Uint8Array> | Uint8Array | undefined;
}

const LISTS = ["ListObjectsV2Command", "ListMultipartUploadsCommand"];

/** The SDK reads a list that was cut off as one that is shorter. */
export function refuseCutLists(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const result = await next(request);
        if (!LISTS.includes(String(commandName))) return result;
        const reply = result.response as Reply;
        if (reply.statusCode >= 300 || reply.body === undefined || reply.body instanceof Uint8Array) return result;
        const chunks: Uint8Array[] = [];
        for await (const chunk of reply.body) chunks.push(chunk);
        reply.body = Buffer.concat(chunks);
        if (!/(<\/\w+|\/)>\s*$/.test(Buffer.from(reply.body).toString("latin1", Math.max(0, reply.body.length - 200)))) throw cut();
        return result;
      },
    // Below what asks again, and below what reads the words.
    { step: "deserialize", priority: "low", name: "refuseCutLists" },
  );
}

const cut = (): Error => Object.assign(new Error("the list was cut off"), { $retryable: {} });
