import type { Stop } from "./walk.ts";

/**
 * The large view lies above the page it was opened from, which stays as it is underneath. The address changes without a
 * navigation: nothing is asked of the server, and going back finds the list where it was.
 */
let beneath: string | null = null;

export const detailPath = ({ id, index }: Pick<Stop, "id" | "index">): string => (index === 0 ? `/g/${id}` : `/g/${id}?o=${index + 1}`);

export function openDetail(stop: Pick<Stop, "id" | "index">): void {
  beneath = window.location.pathname;
  window.history.pushState(null, "", detailPath(stop));
}

/** To another picture, without leaving a trail of them behind. */
export const stepDetail = (stop: Pick<Stop, "id" | "index">): void => window.history.replaceState(null, "", detailPath(stop));

/** Goes back to the page underneath, if there is one and it is the one wanted; answers whether it did. */
export function closeDetail(wanted?: string): boolean {
  if (beneath === null || !window.location.pathname.startsWith("/g/") || (wanted !== undefined && wanted !== beneath)) return false;
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
