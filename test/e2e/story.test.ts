/** One person's first visit, from signing up to signing in again, in a real browser on a real server. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generations, openStudio, PASSWORD, post, START_MS, type Studio, type Visit } from "./studio.ts";

/** Three seconds are promised on a machine that has nothing else to do; the tests share theirs. */
const VISIBLE_WITHIN_MS = 30_000;
const PROMPT = "A calm sea at sunset, thin clouds";

let studio: Studio;
let visit: Visit;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  visit = await studio.open();
  page = visit.page;
}, START_MS);
afterAll(() => studio.close(), START_MS);

const cards = (status = ""): Locator => page.locator(`[data-testid="card"]${status === "" ? "" : `[data-status="${status}"]`}`);
const prompt = (): Locator => page.getByTestId("prompt");
const detail = (): Locator => page.getByTestId("detail");
const credits = async (): Promise<number> => Number(await page.getByTestId("credits").textContent());
const focused = (): Promise<string> => page.evaluate("document.activeElement?.id || document.activeElement?.dataset.tile || document.activeElement?.tagName");

const quoted = async (size: string, outputs: number): Promise<number> =>
  (await post<{ credits: number }>(page, "/v1/quotes", { model: "demo/painter", input: { prompt: PROMPT, size }, outputs })).credits;

/** Drawn, not only announced: the picture is loaded and opaque. */
async function untilPicture(): Promise<void> {
  const shown = `[...document.querySelectorAll('[data-status="delivered"] img')].some((image) => image.complete && image.naturalWidth > 0 && getComputedStyle(image).opacity === "1")`;
  await expect.poll(() => page.evaluate(shown), { interval: 20, timeout: VISIBLE_WITHIN_MS }).toBe(true);
}

async function sha256OfDownload(press: () => Promise<unknown>): Promise<{ name: string; sha256: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return {
    name: download.suggestedFilename(),
    sha256: createHash("sha256")
      .update(await readFile(await download.path()))
      .digest("hex"),
  };
}

describe("from sign-up to the same gallery the next day", () => {
  test("a stranger is led to the sign-in page, and signs up", async () => {
    await page.goto("/");
    await page.waitForURL("**/sign-in");
    await page.getByRole("link", { name: "Create account" }).click();
    // Until it is there, the fields are those of the page before.
    await page.getByText("A new account starts with 100 credits").waitFor();
    await page.getByLabel("E-mail address").fill("someone@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "What should it look like?" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await expect.poll(credits).toBe(100);
  });

  test.each([
    ["Speaker", "What should be said?"],
    ["Animator", "What should happen in it?"],
    ["Painter", "What should it look like?"],
  ])("what is asked for and suggested is the model's kind: %s", async (model, question) => {
    await page.getByTestId("model-chip").click();
    await page.getByRole("option", { name: new RegExp(`^${model}`) }).click();
    await page.getByRole("heading", { name: question }).waitFor();
    expect(await page.locator("main li button").count()).toBe(3);
  });

  test("three prompts are suggested; pressing one writes it down and spends nothing", async () => {
    const suggested = page.locator("main li button");
    expect(await suggested.count()).toBe(3);
    const words = await suggested.first().textContent();
    await suggested.first().click();
    await expect.poll(() => prompt().inputValue()).toBe(words);
    await expect.poll(focused).toBe("prompt");
    expect(await generations(page)).toEqual([]);
  });

  test("the button says the price of what is chosen before it is pressed", async () => {
    await prompt().fill(PROMPT);
    await page.getByTestId("count-chip").click();
    await page.getByRole("button", { name: "2", exact: true }).click();
    await page.getByTestId("size-chip").click();
    await page.getByRole("radio", { name: /1152.×.768/ }).click();
    const price = await quoted("1152x768", 2);
    expect(price).toBe(8);
    await expect.poll(() => page.getByTestId("create").textContent()).toContain(`${price} credits`);
  });

  test("pressed, it is live at once, and the picture is in sight within seconds", async () => {
    const pressedMs = performance.now();
    await page.getByTestId("create").click();
    await cards().nth(1).waitFor();
    await untilPicture();
    console.log(`picture visible after ${Math.round(performance.now() - pressedMs)} ms`);
    await expect.poll(() => cards("delivered").count(), { timeout: 30_000 }).toBe(2);
    await expect.poll(credits).toBe(92);
  }, 60_000);

  test("Ctrl+Enter is a press too, a double click is one press, and a lost answer is not paid twice", async () => {
    await page.getByTestId("count-chip").click();
    await page.getByRole("button", { name: "1", exact: true }).click();
    await prompt().fill("Dunes at noon");
    await prompt().press("Control+Enter");
    await cards().nth(2).waitFor();
    await prompt().fill("A meadow in spring");
    await page.getByTestId("create").dblclick();
    await cards().nth(3).waitFor();
    await prompt().fill("A city at night");
    const keys: (string | undefined)[] = [];
    await page.route("**/v1/generations", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      keys.push(route.request().headers()["idempotency-key"]);
      if (keys.length > 1) return route.continue();
      // The server has accepted it; the answer gets lost.
      await route.fetch();
      return route.abort("connectionreset");
    });
    await page.getByTestId("create").click();
    await cards().nth(4).waitFor();
    await expect.poll(() => keys.length).toBe(2);
    await page.unroute("**/v1/generations");
    expect(keys[0]).toBe(keys[1]);
    await expect.poll(() => cards("delivered").count(), { timeout: 30_000 }).toBe(5);
    expect(await generations(page)).toHaveLength(4);
    await expect.poll(credits).toBe(92 - 3 * 4);
  }, 60_000);

  test("the large view has the recipe to copy and to use again, and Back leaves it", async () => {
    await page
      .locator("a[data-tile]", { has: page.locator("img") })
      .last()
      .click();
    await page.waitForURL("**/g/gen_*?o=2");
    await detail().getByRole("button", { name: "Copy prompt" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(PROMPT);
    await page.goBack();
    await detail().waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe("/");
    await cards().last().locator("a[data-tile]").click();
    await detail().getByRole("button", { name: "Re-use recipe" }).click();
    await detail().waitFor({ state: "detached" });
    expect(await prompt().inputValue()).toBe(PROMPT);
    await expect.poll(focused).toBe("prompt");
    expect(await page.getByTestId("size-chip").getAttribute("aria-label")).toContain("1152x768");
  });

  test("the file that is downloaded is the file that the API knows", async () => {
    const made = (await generations(page)).at(-1)!;
    await page.goto(`/g/${made.id}?o=2`);
    const { name, sha256 } = await sha256OfDownload(() => detail().getByTestId("download").click());
    expect(sha256).toBe(made.outputs[1]!.sha256);
    expect(name).toBe(`a-calm-sea-at-sunset-thin-${made.id.slice(-6)}-2.png`);
    await detail().getByRole("button", { name: "Close" }).click();
    await page.waitForURL("**/gallery");
  });

  test("what is deleted comes back by Undo, and is gone once that offer is", async () => {
    const before = await cards().count();
    const [newest] = await generations(page);
    await page.goto(`/g/${newest!.id}`);
    await page.getByTestId("stage").waitFor();
    await page.keyboard.press("Delete");
    await page.getByText("1 picture deleted").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("1 picture deleted").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await expect.poll(() => cards().count()).toBe(before);
    expect(await generations(page)).toHaveLength(4);
    await cards().first().hover();
    await cards().first().getByRole("button", { name: "Delete" }).click();
    await page.getByText("1 picture deleted").waitFor();
    await expect.poll(() => cards().count()).toBe(before - 1);
    await page.getByText("1 picture deleted").waitFor({ state: "detached" });
    await expect.poll(async () => (await generations(page)).length).toBe(3);
    expect((await page.request.get(`/v1/generations/${newest!.id}`)).status()).toBe(404);
  });

  test("every line of the credits page leads from one balance to the next, down to what is left", async () => {
    await page.getByRole("link", { name: /Credits/ }).click();
    const rows = page.getByTestId("ledger-row");
    await rows.first().waitFor();
    const { available } = (await (await page.request.get("/v1/credits")).json()) as { available: number };
    expect(await page.getByTestId("credits-available").textContent()).toBe(String(available));
    const figures = await rows.evaluateAll((elements) =>
      elements.map((row) =>
        [...row.children].slice(-2).map((cell) => Number.parseInt((cell.firstChild?.textContent ?? "").replace("\u2212", "-").replace(",", ""), 10)),
      ),
    );
    expect(figures.length).toBeGreaterThan(9);
    expect(figures[0]![1]).toBe(available);
    for (const [index, [change, after]] of figures.entries()) expect(after! - change!).toBe(figures[index + 1]?.[1] ?? 0);
  });

  test("signed out and in again, the gallery is the same", async () => {
    const ids = (await generations(page)).map(({ id }) => id);
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByTestId("sign-out").click();
    await page.waitForURL("**/sign-in*");
    expect((await page.request.get("/v1/me")).status()).toBe(401);
    await page.getByLabel("E-mail address").fill("someone@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Gallery" }).click();
    await expect.poll(() => cards().count()).toBe(4);
    expect([...new Set(await cards().evaluateAll((elements) => elements.map((card) => card.getAttribute("data-generation"))))]).toEqual(ids);
  });

  test("nothing broke, nothing jumped, and nobody else was asked", () => {
    // A browser notes each 401; one is how the studio learns that nobody is signed in.
    expect(visit.errors.filter((line) => !/status of 401.*\/v1\/me$/.test(line) && !line.includes("ERR_CONNECTION_RESET"))).toEqual([]);
    expect(visit.foreign).toEqual([]);
    const jumped = visit.shifts.filter(({ input }) => !input);
    console.log(`layout shift ${jumped.reduce((sum, { value }) => sum + value, 0)}`, jumped);
    expect(jumped.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(0.02);
  });
});
