import type { Stop } from "./walk.ts";

/**
 * The large view lies above the page it was opened from, which stays as it is underneath. The address changes without a
 * navigation: nothing is asked of the server, and going back finds the list where it was.
 */
let beneath: string | null = null;

/**
 * The picture that was asked for last. The router writes the address once more for each picture it has drawn, so when keys come
 * fast the address may for a moment name an earlier one.
 */
let wanted: Pick<Stop, "id" | "index"> | null = null;
if (typeof window !== "undefined") window.addEventListener("popstate", () => (wanted = null));

export const detailPath = ({ id, index }: Pick<Stop, "id" | "index">): string => (index === 0 ? `/g/${id}` : `/g/${id}?o=${index + 1}`);

export function openDetail(stop: Pick<Stop, "id" | "index">): void {
  beneath = window.location.pathname;
  wanted = stop;
  window.history.pushState(null, "", detailPath(stop));
}

/** To another picture, without leaving a trail of them behind. */
export function stepDetail(stop: Pick<Stop, "id" | "index">): void {
  wanted = stop;
  window.history.replaceState(null, "", detailPath(stop));
}

/** The picture that the large view shows, or is about to show; null while it is closed. */
export function detailHere(): Pick<Stop, "id" | "index"> | null {
  const named = detailAt(window.location.pathname, new URLSearchParams(window.location.search).get("o"));
  return named && (wanted ?? named);
}

/** Goes back to the page underneath, if there is one and it is `page`; answers whether it did. */
export function closeDetail(page?: string): boolean {
  wanted = null;
  if (beneath === null || !window.location.pathname.startsWith("/g/") || (page !== undefined && page !== beneath)) return false;
  beneath = null;
  window.history.back();
  return true;
}

/** The generation and output that an address names; null for the address of anything else. */
export function detailAt(pathname: string, output: string | null): Pick<Stop, "id" | "index"> | null {
  const match = /^\/g\/([^/]+)\/?$/.exec(pathname);
  if (!match?.[1]) return null;
  const place = Number(output ?? "1");
  return { id: decodeURIComponent(match[1]), index: Number.isInteger(place) && place > 0 ? place - 1 : 0 };
}
