/** How a job is handed to a vendor over HTTP, so that it is known whether anything left. */
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import { ProviderUnreachable, type Job } from "@cooly/engine/ports";
import { readReply, type Reply } from "./reply.ts";

export interface Submit {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly job: Pick<Job, "sending" | "insist">;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 10_000;

/**
 * One POST on a connection of its own: a kept one may be closed by the vendor at the moment it is used, and then nobody knows
 * whether the job arrived. `sending()` is asked once the connection stands; right before the bytes leave, the job insists on its
 * lease once more, as the answer may be shared with others whose bytes went first. Throws `ProviderUnreachable` if nothing can
 * have left, anything else if it may have.
 */
export async function submitJob(url: string, { headers, body, job, signal }: Submit): Promise<Reply> {
  const request = (url.startsWith("https:") ? requestSecure : requestPlain)(url, {
    method: "POST",
    agent: false,
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    signal,
  });
  const reply = new Promise<IncomingMessage>((resolve, reject) => request.once("response", resolve).on("error", reject));
  // Before it is waited for, its failure is that of the connection.
  reply.catch(() => undefined);
  try {
    await connected(request, url.startsWith("https:") ? "secureConnect" : "connect");
  } catch (error) {
    throw new ProviderUnreachable("the provider cannot be reached", { cause: error });
  }
  try {
    await job.sending();
    if (request.destroyed) throw new ProviderUnreachable("the connection was closed before anything was sent");
    job.insist();
  } catch (error) {
    request.destroy();
    throw error;
  }
  request.end(body);
  return readReply(await reply);
}

function connected(request: ReturnType<typeof requestPlain>, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => request.destroy(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    request.once("close", () => clearTimeout(late)).once("error", reject);
    request.once("socket", (socket) =>
      socket.once(event, () => {
        clearTimeout(late);
        resolve();
      }),
    );
  });
}
