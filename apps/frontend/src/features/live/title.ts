import { t } from "../../messages/index.ts";

let finished = 0;
let page: string | null = null;

/** Tells in the tab's title how much ended while nobody looked. Looking takes it away. */
export function tellTitle(count: number): void {
  if (count === 0 || !document.hidden) return;
  page ??= document.title;
  finished += count;
  document.title = t.app.finished(finished, page);
  document.addEventListener("visibilitychange", seen);
}

function seen(): void {
  if (document.hidden || page === null) return;
  document.title = page;
  page = null;
  finished = 0;
  document.removeEventListener("visibilitychange", seen);
}
