/** Screenshots as every reader may see a page, and what holds for each of them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { root } from "../running-server.ts";

const folder = join(root, "test-results/screenshots");
mkdirSync(folder, { recursive: true });

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 800 } } as const;
const themes = ["light", "dark"] as const;
const inspected = { wide: "light", narrow: "dark" } as const;

interface Options {
  readonly only?: keyof typeof sizes;
  /** Brings the page into its state anew at each size, for what closes when the window changes. */
  readonly before?: () => Promise<unknown>;
  /** It knows no theme but the system's. */
  readonly plain?: boolean;
}

/** Wide and narrow, light and dark: kept as a picture, without a violation that axe finds, without anything beyond the edge. */
export async function look(page: Page, name: string, { only, before, plain = false }: Options = {}): Promise<void> {
  for (const [word, size] of Object.entries(sizes)) {
    if (only && only !== word) continue;
    await page.setViewportSize(size);
    await before?.();
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await settled(page, plain ? null : colorScheme);
      // A PNG of a window full of pictures takes a second of one core, a JPEG a tenth of that.
      await page.screenshot({ path: join(folder, `${name}-${word}-${colorScheme}.jpg`), type: "jpeg", quality: 90, animations: "disabled" });
      // Each theme and each width is looked through once; the colours are the same at both.
      if (inspected[word as keyof typeof sizes] === colorScheme) expect.soft(await violations(page), `${name}, ${word}, ${colorScheme}`).toEqual([]);
    }
    expect.soft(await page.evaluate("document.scrollingElement.scrollWidth - innerWidth"), `${name}, ${word}: scrolls sideways`).toBeLessThanOrEqual(0);
  }
}

/** All rules. What passes, and how it would be found again, is not told: to write that down takes longer than to inspect. */
const inspect = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ id, html, failureSummary }))))`;

interface Finding {
  readonly id: string;
  readonly html: string;
  readonly failureSummary?: string;
}

async function violations(page: Page): Promise<string[]> {
  if (await page.evaluate(`!("axe" in window)`)) await page.evaluate(axe.source);
  const found = await page.evaluate<Finding[]>(inspect);
  // Notices stand beside the page's landmarks on purpose: they are announced when they come, and have a name of their own.
  const isNotice = ({ id, html }: Finding): boolean => id === "region" && html.includes("data-base-ui-portal");
  return found.filter((finding) => !isNotice(finding)).map(({ id, html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`);
}

const allThere = (theme: string | null): string => `(async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return ${theme === null || `document.documentElement.dataset.theme === "${theme}"`} && document.fonts.status === "loaded" && [...document.images].every((image) => image.complete && image.naturalWidth > 0);
})()`;

/** The window has its size and colours, and every picture in it is there. */
export async function settled(page: Page, theme: string | null): Promise<void> {
  // Not waitForFunction: it evaluates in the page, which the content security policy forbids.
  await expect.poll(() => page.evaluate(allThere(theme)), { interval: 30, timeout: 15_000 }).toBe(true);
}
