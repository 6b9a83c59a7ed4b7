import { createStore } from "../../ui/store.ts";

/** Asks for the focus to go to the prompt, as soon as there is one and nothing lies above it. */
export const promptWish = createStore(false);

export const wishPrompt = (): void => promptWish.set(true);
