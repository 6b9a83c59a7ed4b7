import { isUncertain, type Submission } from "../api/index.ts";

/**
 * One press of the button. While its outcome is not known, pressing again with the same request is the same press: it
 * carries the same key, and the server charges once however often it hears it.
 */
export interface Press {
  readonly key: string;
  readonly body: string;
}

export const pressFor = (submission: Submission, open: Press | null): Press => {
  const body = JSON.stringify(submission);
  return open?.body === body ? open : { key: newKey(), body };
};

/** The press that is still open after this outcome. */
export const openAfter = (press: Press, error: unknown): Press | null => (isUncertain(error) ? press : null);

/** `randomUUID` exists on secure pages only; a studio in a home network is often plain http. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const OPEN_PRESS = "cooly.open-press";

/** Survives a reload: otherwise a lost reply and a reload would pay twice. */
export function loadOpenPress(): Press | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(OPEN_PRESS) ?? "null") as Partial<Press> | null;
    return typeof value?.key === "string" && typeof value.body === "string" ? { key: value.key, body: value.body } : null;
  } catch {
    return null;
  }
}

export function saveOpenPress(press: Press | null): void {
  try {
    if (press) sessionStorage.setItem(OPEN_PRESS, JSON.stringify(press));
    else sessionStorage.removeItem(OPEN_PRESS);
  } catch {
    // Without storage only this page remembers it.
  }
}
