import { apiOrigin } from "./origin.ts";
import { NoReply, Refusal } from "./trouble.ts";

interface Options {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
}

/** One call of the API. Throws `Refusal` if the server said no, `NoReply` if nothing came back. */
export async function request<Reply>(path: string, { body, headers, ...rest }: Options = {}): Promise<Reply> {
  const reply = await reach(path, {
    ...rest,
    credentials: "include",
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text().catch((error: unknown) => {
    throw new NoReply(error);
  });
  const value = parse(text);
  if (!reply.ok) throw new Refusal(reply.status, (value ?? {}) as Refusal["problem"]);
  return value as Reply;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${await apiOrigin()}${path}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new NoReply(error);
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
