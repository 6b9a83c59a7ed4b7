import type { QueryClient } from "@tanstack/react-query";
import { commitAll } from "../generations/index.ts";
import { forgetDraft } from "../recipe/index.ts";
import { signOut } from "./auth.ts";

/** Ends the session and leaves nothing of it in this browser. */
export async function leave(queries: QueryClient): Promise<void> {
  commitAll();
  await signOut();
  forgetDraft();
  queries.clear();
}
