/** Looks at one file after the other, in a thread that can be ended. */
import { parentPort } from "node:worker_threads";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaSource } from "@cooly/engine/ports";
import { look, type Decoded } from "./look.ts";

/**
 * First what it is, and then what took a decoder. `trouble`: nothing that could be said of the bytes, such as a file that cannot be
 * opened.
 */
export type Reply =
  | { readonly seen: InspectedVideo | InspectedAudio }
  | { readonly decoded: Decoded }
  | { readonly unusable: string }
  | { readonly trouble: Error };

const UNREADABLE = "The file cannot be read as the film or the sound that it begins like.";

/** What the system says has a code; a parser that stumbles has none. */
const isTrouble = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error;

const tell = (reply: Reply): void => parentPort!.postMessage(reply);

async function answer(source: MediaSource): Promise<void> {
  let told = false;
  try {
    const decoded = await look(source, (seen) => {
      told = true;
      tell({ seen });
    });
    tell({ decoded });
  } catch (error) {
    // A film that has no small picture is a film.
    if (told) tell({ decoded: {} });
    else if (isTrouble(error)) tell({ trouble: error });
    else tell({ unusable: error instanceof MediaUnusable ? error.message : UNREADABLE });
  }
}

parentPort!.on("message", (source: MediaSource) => void answer(source));
