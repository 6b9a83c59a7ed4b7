"use client";

import { useQuery } from "@tanstack/react-query";
import { api, keys, Refusal } from "../api/index.ts";

const LINK_MS = 45 * 60_000;

/** A file that was given earlier. `gone`: the server does not have it any more. */
export function useUpload(id: string | undefined) {
  const { data, error } = useQuery({
    queryKey: keys.upload(id ?? ""),
    queryFn: () => api.upload(id!),
    enabled: id !== undefined,
    staleTime: LINK_MS,
    retry: (count, failure) => count < 2 && !(failure instanceof Refusal),
  });
  return { upload: data, gone: error instanceof Refusal && error.status === 404 };
}
