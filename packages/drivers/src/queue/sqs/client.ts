import { SQSClient } from "@aws-sdk/client-sqs";
import type { Log } from "@cooly/engine/ports";

export interface SqsPlace {
  /** Default: the one that the queue's address names. */
  readonly region?: string;
  /** Where SQS answers, if it is not AWS. */
  readonly endpoint?: string;
  /** Default: what the environment or the machine's role gives. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

export interface SqsQueueOptions extends SqsPlace {
  readonly url: string;
  /** Of the dead letter queue. */
  readonly setAsideUrl: string;
  readonly log?: Log;
  /** For how long a message in hand is hidden from other consumers; a live consumer keeps extending it. Default: 30. */
  readonly visibilitySeconds?: number;
}

const CONNECT_MS = 3_000;
/** Longer than a poll, which is five seconds. */
const ANSWER_MS = 8_000;
const TRIES = 3;
/** What one call may take, with all its tries, where nobody means to wait. */
const CALL_MS = 8_000;
/** For signing, where another server than AWS does not say. */
const ANY_REGION = "us-east-1";

export const isFifo = (url: string): boolean => new URL(url).pathname.endsWith(".fifo");
export const SAY_FIFO =
  "SQS_MAIN_QUEUE_URL leads to a FIFO queue, which hands out one message of a group at a time: make a standard queue, for example with cooly queue setup.";

/** The region of `https://sqs.eu-central-1.amazonaws.com/...` and its older forms; null where the address names none. */
export function regionOf(url: string): string | null {
  const { hostname } = new URL(url);
  return /^(?:sqs(?:-fips)?\.)([a-z0-9-]+)\./.exec(hostname)?.[1] ?? /^([a-z0-9-]+)\.queue\.amazonaws\.com$/.exec(hostname)?.[1] ?? null;
}

export function chooseRegion(url: string | null, { region, endpoint }: SqsPlace): string {
  const chosen = region ?? (url && regionOf(url)) ?? (endpoint ? ANY_REGION : null);
  if (chosen === null) throw new Error("AWS_REGION is not set, and SQS_MAIN_QUEUE_URL names no region: set AWS_REGION, for example to eu-central-1.");
  return chosen;
}

/** `tries`: 1 for whoever asks again in any case. */
export function openClient(url: string | null, place: SqsPlace, tries = TRIES): SQSClient {
  const { endpoint, credentials } = place;
  return new SQSClient({
    region: chooseRegion(url, place),
    maxAttempts: tries,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
  });
}

/** Ends a call that takes too long for whoever waits. */
export const soon = (): { readonly abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(CALL_MS) });

/** What went wrong with a call, as one sentence. */
export function explainSqs(error: unknown, url: string): string {
  const { name, message, code } = error as Error & { code?: string };
  const queue = new URL(url).pathname.split("/").at(-1)!;
  switch (name) {
    case "QueueDoesNotExist":
    case "AWS.SimpleQueueService.NonExistentQueue":
      return `SQS knows no queue ${queue} there: make it with cooly queue setup, or correct its address and AWS_REGION.`;
    case "InvalidClientTokenId":
    case "UnrecognizedClientException":
    case "InvalidAccessKeyId":
      return "AWS does not know AWS_ACCESS_KEY_ID.";
    case "SignatureDoesNotMatch":
    case "InvalidSignatureException":
      return /current|expired|skew/i.test(message)
        ? "AWS refuses the time of this machine's clock."
        : "AWS refuses the signature: AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID.";
    case "ExpiredToken":
    case "ExpiredTokenException":
      return "The credentials for AWS have expired.";
    case "AccessDenied":
    case "AccessDeniedException":
      return `These credentials may not do that with the queue ${queue}: cooly queue setup prints the policy that they need.`;
    case "CredentialsProviderError":
      return "There are no credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.";
    default:
      if (code === "ENOTFOUND" || code === "EAI_AGAIN")
        return `The host of SQS cannot be found: correct the queue's address or AWS_REGION, or check the network.`;
      if (code === "ECONNREFUSED") return "Nothing answers where SQS should: correct SQS_ENDPOINT, or start it.";
      return `SQS cannot be used: ${name === "AbortError" || name === "TimeoutError" ? "it does not answer" : message || code || name}.`;
  }
}
