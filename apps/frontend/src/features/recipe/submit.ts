import { api, isUncertain, Refusal, type Submission } from "../api/index.ts";
import type { GenerationView } from "@cooly/contract";
import { loadOpenPress, openAfter, pressFor, saveOpenPress, type Press } from "./press.ts";

const WAITS_MS = [500, 1500, 4000];

/** A press this soon after the same one was accepted is its echo: a double click, a key that bounced. */
const ECHO_MS = 700;

let open: Press | null | undefined;
let accepted: { readonly body: string; readonly generation: GenerationView; readonly at: number } | null = null;

/** Sends a request so that it is accepted once, however many replies get lost. Throws what the server, or the silence, said last. */
export async function submitOnce(submission: Submission): Promise<GenerationView> {
  open ??= loadOpenPress();
  const press = pressFor(submission, open);
  if (accepted?.body === press.body && Date.now() - accepted.at < ECHO_MS) return accepted.generation;
  remember(press);
  try {
    const generation = await persist(submission, press.key);
    remember(null);
    accepted = { body: press.body, generation, at: Date.now() };
    return generation;
  } catch (error) {
    remember(openAfter(press, error));
    throw error;
  }
}

function remember(press: Press | null): void {
  open = press;
  saveOpenPress(press);
}

async function persist(submission: Submission, key: string): Promise<GenerationView> {
  for (const wait of WAITS_MS) {
    try {
      return await api.submit(submission, key);
    } catch (error) {
      const saturated = error instanceof Refusal && error.status === 503;
      if (!saturated && !(isUncertain(error) && !(error instanceof Refusal))) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
  return api.submit(submission, key);
}
