"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { UploadPurpose, UploadView } from "@cooly/contract";
import { keys } from "../api/index.ts";
import { giveFile, wordsFor } from "./give-file.ts";

export interface Sending {
  readonly name: string;
  readonly fraction: number | null;
}

/** Sends files one after the other; what is left of them stops when the form goes. */
export function useGiving(purpose: UploadPurpose) {
  const queries = useQueryClient();
  const [sending, setSending] = useState<Sending | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const stop = useRef(new AbortController());

  useEffect(() => {
    stop.current = new AbortController();
    return () => stop.current.abort();
  }, []);

  async function give(files: readonly (Blob & { readonly name?: string })[], onReady: (upload: UploadView) => void): Promise<void> {
    const { signal } = stop.current;
    setTrouble(null);
    try {
      for (const file of files) {
        const name = file.name ?? "";
        setSending({ name, fraction: 0 });
        const upload = await giveFile(file, { purpose, signal, onProgress: (fraction) => setSending({ name, fraction }) });
        queries.setQueryData(keys.upload(upload.id), upload);
        onReady(upload);
      }
    } catch (error) {
      if (!signal.aborted) setTrouble(wordsFor(error));
    } finally {
      if (!signal.aborted) setSending(null);
    }
  }

  return { sending, trouble, give, tell: setTrouble };
}
