import type { Finding } from "@cooly/engine/ports";
import type { Reply } from "../http/reply.ts";

export interface Examined {
  /** The provider's id. */
  readonly id: string;
  /** What people call the vendor. */
  readonly vendor: string;
  readonly keyName: string;
  readonly urlName: string;
  /** Where a key is made. */
  readonly keysAt: string;
}

/** What an answer to a question that costs nothing and wants the key says of the vendor. `isGood`: whether it is the one of a key that is known. */
export async function examined(
  { id, vendor, keyName, urlName, keysAt }: Examined,
  asked: Promise<Reply>,
  isGood: (reply: Reply) => boolean,
): Promise<readonly Finding[]> {
  const reply = await asked.catch((error: Error) => error);
  if (!(reply instanceof Error) && isGood(reply)) {
    return [{ code: "provider.answers", level: "good", says: `${vendor} answers for ${id} and knows the key.` }];
  }
  const isRefused = !(reply instanceof Error) && [401, 403].includes(reply.status);
  return [
    {
      code: isRefused ? "provider.key_refused" : "provider.unreachable",
      level: "failure",
      says: isRefused ? `${vendor} does not take the key of ${id}.` : `${vendor} does not answer for ${id}.`,
      cause: reply instanceof Error ? reply.message : `it answered ${reply.status}`,
      fix: isRefused ? `Make a key at ${keysAt} and set ${keyName}.` : `Check the network, and ${urlName}.`,
    },
  ];
}
