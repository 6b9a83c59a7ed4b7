/** What the SDK throws: the server's word, and what it answered with. */
interface ServerError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const nameOf = (error: unknown): string => (error as ServerError | undefined)?.name ?? "";

/** 0 where there was no answer. */
export const statusOf = (error: unknown): number => (error as ServerError | undefined)?.$metadata?.httpStatusCode ?? 0;

/** Null for an object that is not there; a bucket that is not there stays an error. */
export function absent(error: unknown): null {
  if (statusOf(error) === 404 && nameOf(error) !== "NoSuchBucket") return null;
  throw error;
}
