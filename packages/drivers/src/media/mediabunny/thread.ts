/** Looks at one file after the other, in a thread that can be ended. */
import { parentPort } from "node:worker_threads";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaSource } from "@cooly/engine/ports";
import { look } from "./look.ts";

/** `trouble`: nothing that could be said of the bytes, such as a file that cannot be opened. */
export type Reply = { readonly seen: InspectedVideo | InspectedAudio } | { readonly unusable: string } | { readonly trouble: Error };

const UNREADABLE = "The file cannot be read as the film or the sound that it begins like.";

/** What the system says has a code; a parser that stumbles has none. */
const isTrouble = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error;

async function answer(source: MediaSource): Promise<Reply> {
  try {
    return { seen: await look(source) };
  } catch (error) {
    if (isTrouble(error)) return { trouble: error };
    return { unusable: error instanceof MediaUnusable ? error.message : UNREADABLE };
  }
}

parentPort!.on("message", (source: MediaSource) => {
  void answer(source).then((reply) => parentPort!.postMessage(reply));
});
