/** Everything by keys, without the focus ever getting lost; and what a reader asked the system for is respected. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generations, openStudio, order, START_MS, type Studio } from "./studio.ts";

let studio: Studio;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  ({ page } = await studio.openAs("keys", 300));
  await page.goto("/");
  for (const prompt of ["Dunes at noon", "A forest in autumn", "A calm sea"]) await order(page, { prompt });
  await page.locator('[data-status="delivered"]').nth(2).waitFor({ timeout: 30_000 });
}, START_MS);
afterAll(() => studio.close(), START_MS);

/** The place of the focus: a tile by its number, or what else it is. */
const focus = (): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement } = document;
    const tile = [...document.querySelectorAll("[data-tile]")].indexOf(activeElement);
    return tile >= 0 ? "tile " + tile : activeElement.id || activeElement.dataset.testid || activeElement.tagName.toLowerCase();
  })()`);

const path = (): string => new URL(page.url()).pathname;
const detailOpen = (): Promise<boolean> => page.getByTestId("detail").isVisible();

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe("by keyboard alone", () => {
  test("/ goes to the prompt, Esc leaves it, arrows walk the pictures", async () => {
    await press("/");
    await expect.poll(focus).toBe("prompt");
    await press("Escape", "ArrowDown");
    await expect.poll(focus).toBe("tile 0");
    // Three squares stand in one line.
    await press("ArrowRight");
    await expect.poll(focus).toBe("tile 1");
    await press("End");
    await expect.poll(focus).toBe("tile 2");
    await press("Home");
    await expect.poll(focus).toBe("tile 0");
  });

  test("Enter opens, J and K step, Esc leads back to the picture seen last", async () => {
    const [first, second] = await generations(page);
    await press("Enter");
    await expect.poll(path).toBe(`/g/${first!.id}`);
    // The address is first; keys are heard once the picture stands there.
    await page.getByTestId("stage").waitFor();
    await press("j");
    await expect.poll(path).toBe(`/g/${second!.id}`);
    await press("k");
    await expect.poll(path).toBe(`/g/${first!.id}`);
    await press("ArrowRight");
    await expect.poll(path).toBe(`/g/${second!.id}`);
    await press("Escape");
    await expect.poll(detailOpen).toBe(false);
    await expect.poll(focus).toBe("tile 1");
    expect(path()).toBe("/");
  });

  test("an address that the router writes late does not lead back to an earlier picture", async () => {
    const [first, second] = await generations(page);
    await press("ArrowLeft", "Enter");
    await expect.poll(path).toBe(`/g/${first!.id}`);
    await page.getByTestId("stage").waitFor();
    await press("j");
    await expect.poll(path).toBe(`/g/${second!.id}`);
    // Behind the router's back, as it does itself once it has drawn the picture before.
    await page.evaluate(`History.prototype.replaceState.call(history, history.state, "", "/g/${first!.id}")`);
    await press("Escape");
    await expect.poll(detailOpen).toBe(false);
    await expect.poll(focus).toBe("tile 1");
    expect(path()).toBe("/");
  });

  test("? shows every key, and Esc leads back to where one was", async () => {
    await press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard" });
    await sheet.waitFor();
    for (const word of ["Write a prompt", "Walk the grid", "Re-use its recipe", "Delete", "Gallery"])
      await sheet.getByText(word, { exact: true }).first().waitFor();
    await press("Escape");
    await sheet.waitFor({ state: "detached" });
    await expect.poll(focus).toBe("tile 1");
  });

  test("D downloads, R writes the recipe again", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), press("d")]);
    expect(download.suggestedFilename()).toMatch(/^a-forest-in-autumn-\w{6}-1\.png$/);
    await press("r");
    await expect.poll(focus).toBe("prompt");
    expect(await page.getByTestId("prompt").inputValue()).toBe("A forest in autumn");
  });

  test("Del deletes, the focus goes to the neighbour, and Ctrl+Z brings both back", async () => {
    await press("Escape", "ArrowDown");
    await expect.poll(focus).toBe("tile 0");
    await press("ArrowRight", "Delete");
    await page.getByText("1 picture deleted").waitFor();
    await expect.poll(() => page.locator("[data-tile]").count()).toBe(2);
    await expect.poll(focus).toBe("tile 1");
    await press("Control+z");
    await expect.poll(() => page.locator("[data-tile]").count()).toBe(3);
    await expect.poll(focus).toBe("tile 1");
    expect(await generations(page)).toHaveLength(3);
  });

  test("the offer to undo stays for as long as the focus or the pointer is on it", async () => {
    const { page: mine } = await studio.open({ storageState: await page.context().storageState() });
    await mine.clock.install();
    await mine.goto("/");
    const tiles = mine.locator("[data-tile]");
    await expect.poll(() => tiles.count()).toBe(3);
    const offer = mine.getByRole("button", { name: "Undo" });
    const remove = async (): Promise<void> => {
      await tiles.first().focus();
      await mine.keyboard.press("Delete");
      await offer.waitFor();
      // First the focus moves to what stands there now.
      await expect.poll(() => mine.evaluate("document.querySelector('[data-tile]') === document.activeElement")).toBe(true);
    };
    await remove();
    for (const key of ["F6", "Tab", "Tab"]) await mine.keyboard.press(key);
    await mine.clock.runFor("10:00");
    await mine.keyboard.press("Enter");
    await expect.poll(() => tiles.count()).toBe(3);
    await offer.waitFor({ state: "detached" });
    await remove();
    await offer.hover();
    await mine.clock.runFor("10:00");
    await offer.click();
    await expect.poll(() => tiles.count()).toBe(3);
    await mine.context().close();
  });

  test("G and a letter go to each page", async () => {
    for (const [key, target] of [
      ["g", "/gallery"],
      ["b", "/credits"],
      ["a", "/account"],
      ["c", "/"],
    ] as const) {
      await press("g", key);
      await expect.poll(path).toBe(target);
    }
  });

  test("Ctrl+Enter makes a picture, and the prompt keeps the focus", async () => {
    await press("/");
    await expect.poll(focus).toBe("prompt");
    await press("Control+a");
    await page.keyboard.type("Mountains at dawn");
    await press("Control+Enter");
    await expect.poll(async () => (await generations(page)).length).toBe(4);
    expect(await focus()).toBe("prompt");
  });
});

test("whoever asked for less motion gets none", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await press("Escape", "?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  const longest = await page.evaluate(
    `Math.max(...[...document.querySelectorAll("*")].map((element) => parseFloat(getComputedStyle(element).transitionDuration)))`,
  );
  expect(longest).toBeLessThanOrEqual(0.001);
});
