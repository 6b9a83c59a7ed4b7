import { QueryCache, QueryClient } from "@tanstack/react-query";
import { keys } from "./keys.ts";
import { NoReply, Refusal, isSignedOut } from "./trouble.ts";

const RETRIES = 3;

/** Trouble on the way is tried again; an answer is an answer. */
const worthRetrying = (count: number, error: unknown): boolean =>
  count < RETRIES && (error instanceof NoReply || (error instanceof Refusal && (error.status === 429 || error.status >= 500)));

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        // Any 401 means that the session ended: ask who we are again, and the gate leads to the sign-in page.
        if (isSignedOut(error) && query.queryKey[0] !== keys.me[0]) void client.invalidateQueries({ queryKey: keys.me });
      },
    }),
    defaultOptions: {
      queries: { staleTime: 30_000, gcTime: 30 * 60_000, retry: worthRetrying, refetchOnWindowFocus: false, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}
