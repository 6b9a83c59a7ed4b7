/** Screenshots as every reader may see a page, and what holds for each of them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
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
}

/** Wide and narrow, light and dark: kept as a picture, without a violation that axe finds, without anything beyond the edge. */
export async function look(page: Page, name: string, { only, before }: Options = {}): Promise<void> {
  for (const [word, size] of Object.entries(sizes)) {
    if (only && only !== word) continue;
    await page.setViewportSize(size);
    await before?.();
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await settled(page, colorScheme);
      await page.screenshot({ path: join(folder, `${name}-${word}-${colorScheme}.png`), animations: "disabled" });
      // Each theme and each width is looked through once; the colours are the same at both.
      if (inspected[word as keyof typeof sizes] === colorScheme) expect.soft(await violations(page), `${name}, ${word}, ${colorScheme}`).toEqual([]);
    }
    expect.soft(await page.evaluate("document.scrollingElement.scrollWidth - innerWidth"), `${name}, ${word}: scrolls sideways`).toBeLessThanOrEqual(0);
  }
}

async function violations(page: Page): Promise<string[]> {
  // One frame, so the page that would gather the results of several is not needed.
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  // Notices stand beside the page's landmarks on purpose: they are announced when they come, and have a name of their own.
  const isNotice = (id: string, html: string): boolean => id === "region" && html.includes("data-base-ui-portal");
  return found.flatMap(({ id, nodes }) =>
    nodes.filter(({ html }) => !isNotice(id, html)).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
  );
}

const allThere = (theme: string): string => `(async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return document.documentElement.dataset.theme === "${theme}" && document.fonts.status === "loaded" && [...document.images].every((image) => image.complete && image.naturalWidth > 0);
})()`;

/** The window has its size and colours, and every picture in it is there. */
async function settled(page: Page, theme: string): Promise<void> {
  // Not waitForFunction: it evaluates in the page, which the content security policy forbids.
  await expect.poll(() => page.evaluate(allThere(theme)), { interval: 30, timeout: 15_000 }).toBe(true);
}
