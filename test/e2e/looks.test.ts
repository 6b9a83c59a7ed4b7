/** Every page and state, wide and narrow, light and dark. The pictures are kept in test-results/screenshots. */
import pg from "pg";
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromPublicId, type GenerationView, type OutputView } from "@cooly/contract";
import { startEmbeddedPostgres } from "../../apps/server/src/compose/embedded-postgres.ts";
import { look, settled } from "./looks.ts";
import { generations, openStudio, order, PASSWORD, START_MS, type Studio, type Visit } from "./studio.ts";

const LONG_MS = 240_000;
const pictures = [
  { prompt: "A calm sea at sunset, long warm light on the water, a few thin clouds", size: "1152x768", outputs: 3 },
  { prompt: "Mountains in winter at dawn, thin fog in the valleys", size: "1344x768", outputs: 2 },
  { prompt: "An autumn forest in the evening", size: "768x1152", outputs: 4 },
  { prompt: "A city at night in the rain", size: "768x768" },
  { prompt: "Dunes under two moons, wide and silent", size: "1536x640" },
  { prompt: "Abstract, teal and rust", size: "768x768", outputs: 2 },
];

let studio: Studio;
let maker: Visit;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  maker = await studio.openAs("maker", 5000);
  page = maker.page;
  await page.goto("/");
}, START_MS);
afterAll(() => studio.close(), START_MS);

const firstCard = () => page.getByTestId("card").first();
const openMenu = (testId: string) => async (): Promise<void> => {
  await page.keyboard.press("Escape");
  await page.getByTestId(testId).click();
};

/** A panel where there is room, else a sheet; it stays open when the window changes. */
async function openSettings(): Promise<void> {
  if (!(await page.getByText("Scene", { exact: true }).isVisible())) await page.getByRole("button", { name: "More", exact: true }).click();
}

describe("signed out", () => {
  test(
    "sign-in, with and without mistakes, sign-up, and a page that is not there",
    async () => {
      const { page: door } = await studio.open();
      await door.goto("/sign-up");
      await door.getByText("A new account starts with 100 credits").waitFor();
      await look(door, "sign-up");
      await door.goto("/sign-in");
      await door.getByText("No account yet?").waitFor();
      await look(door, "sign-in");
      await door.getByRole("button", { name: "Sign in", exact: true }).click();
      await door.getByText("Enter your e-mail address.").waitFor();
      await look(door, "sign-in-mistakes");
      await door.goto("/nowhere");
      await look(door, "not-found");
      await door.context().close();
    },
    LONG_MS,
  );
});

describe("with nothing yet", () => {
  let fresh: Visit;
  beforeAll(async () => {
    fresh = await studio.openAs("fresh", 12);
  });

  test(
    "create, gallery, account and credits",
    async () => {
      const { page: mine } = fresh;
      await mine.goto("/");
      await mine.getByTestId("model-chip").waitFor();
      await look(mine, "create-empty");
      await mine.goto("/gallery");
      await mine.getByText("Nothing here yet").waitFor();
      await look(mine, "gallery-empty");
      await mine.goto("/account");
      await mine.getByText("No API keys.").waitFor();
      await look(mine, "account-empty");
    },
    LONG_MS,
  );

  test(
    "too few credits: how many are missing is said before the press and after it, and the prompt stays",
    async () => {
      const { page: mine } = fresh;
      await mine.goto("/");
      await mine.getByTestId("prompt").fill("A lighthouse");
      await mine.getByTestId("count-chip").click();
      await mine.getByRole("button", { name: "8", exact: true }).click();
      await mine.getByText("20 credits missing").waitFor();
      const [refusal] = await Promise.all([
        mine.waitForResponse((reply) => reply.request().method() === "POST" && reply.url().endsWith("/v1/generations")),
        mine.getByTestId("create").click(),
      ]);
      expect(refusal.status()).toBe(402);
      await mine.getByText("20 credits missing").waitFor();
      expect(await mine.getByTestId("prompt").inputValue()).toBe("A lighthouse");
      await look(mine, "create-not-enough");
      expect(await generations(mine)).toEqual([]);
    },
    LONG_MS,
  );

  test(
    "a session that ended says so, and keeps what was written",
    async () => {
      const { page: mine } = fresh;
      await mine.context().clearCookies();
      await mine.getByTestId("create").click();
      await mine.getByText("Your session ended.").waitFor();
      await look(mine, "session-ended");
      await mine.getByLabel("E-mail address").fill("fresh@example.com");
      await mine.getByLabel("Password").fill(PASSWORD);
      await mine.getByRole("button", { name: "Sign in", exact: true }).click();
      await mine.getByTestId("prompt").waitFor();
      expect(await mine.getByTestId("prompt").inputValue()).toBe("A lighthouse");
      await mine.context().close();
    },
    LONG_MS,
  );
});

describe("at work", () => {
  test(
    "the bar and what opens from it",
    async () => {
      await page.goto("/");
      await page.getByTestId("prompt").fill("A lighthouse on a basalt cliff");
      await look(page, "menu-model", { before: openMenu("model-chip") });
      await look(page, "menu-shape", { before: openMenu("size-chip") });
      await look(page, "menu-count", { before: openMenu("count-chip") });
      await page.keyboard.press("Escape");
      await look(page, "settings", { before: openSettings });
      await page.keyboard.press("Escape");
      await page.getByTestId("prompt").fill(`${"A very long prompt that goes on about light, weather and stone. ".repeat(8)}`);
      await look(page, "prompt-long");
      await page.getByTestId("prompt").fill("");
    },
    LONG_MS,
  );

  test(
    "queued, running, canceled",
    async () => {
      await order(page, { prompt: "A large canvas", size: "2048x2048", outputs: 9 });
      await page.locator('[data-status="running"]').getByText("%").first().waitFor();
      await look(page, "running", { only: "wide" });
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.getByRole("button", { name: "Cancel", exact: true }).first().click();
      await page.locator('[data-status="canceled"]').first().waitFor();
      await look(page, "canceled");
      await expect.poll(async () => (await generations(page))[0]?.credits, { timeout: 30_000 }).toMatchObject({ quoted: 144 });
    },
    LONG_MS,
  );

  test(
    "pictures: the canvas, the gallery, one of them large, the keys",
    async () => {
      for (const picture of pictures.toReversed()) await order(page, picture);
      await expect
        .poll(async () => (await generations(page)).slice(0, 6).every(({ status }) => status === "succeeded"), { timeout: 60_000, interval: 300 })
        .toBe(true);
      await page.reload();
      await firstCard().waitFor();
      await look(page, "create");
      await page.goto("/gallery");
      await firstCard().waitFor();
      await look(page, "gallery");
      await firstCard().locator("a[data-tile]").click();
      await look(page, "detail");
      await page.keyboard.press("?");
      await look(page, "keyboard");
      await page.keyboard.press("Escape");
    },
    LONG_MS * 2,
  );

  test(
    "deleted with an offer to undo, offline, nothing found, gone",
    async () => {
      await page.keyboard.press("Delete");
      const undo = page.getByRole("button", { name: "Undo" });
      await undo.waitFor();
      // The offer stays while the focus is on it; the pointer would lose it when the window changes its size.
      await page.keyboard.press("F6");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      expect(await undo.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
      await look(page, "deleted");
      await undo.press("Enter");
      await undo.waitFor({ state: "detached" });
      await page.goto("/gallery?q=zeppelin");
      await page.getByText("Nothing matches").waitFor();
      await look(page, "gallery-no-match");
      await page.goto("/g/gen_00000000000000000000000000");
      await page.getByText("This generation is not here").waitFor();
      await look(page, "detail-missing");
      await page.goto("/");
      await firstCard().waitFor();
      // What has not come by then never will.
      await settled(page, null);
      await page.context().setOffline(true);
      await page.getByText("You are offline.").waitFor();
      await look(page, "offline");
      await page.context().setOffline(false);
      await page.getByText("You are offline.").waitFor({ state: "detached" });
    },
    LONG_MS,
  );

  test(
    "credits, keys",
    async () => {
      await page.goto("/credits");
      await page.getByTestId("ledger-row").first().waitFor();
      await look(page, "credits");
      await page.goto("/account");
      await page.getByRole("button", { name: "New key" }).click();
      await look(page, "key-new");
      await page.getByLabel("Name").fill("render-farm, the machine in the cellar that works at night");
      await page.getByRole("button", { name: "Make key" }).click();
      await page.getByTestId("new-api-key").waitFor();
      await page.getByRole("button", { name: "Done" }).click();
      await look(page, "account");
      await page.getByRole("button", { name: /Revoke/ }).click();
      await look(page, "key-revoke");
    },
    LONG_MS,
  );
});

const change = (generation: GenerationView, status: GenerationView["status"], output: Partial<OutputView>): GenerationView => ({
  ...generation,
  status,
  credits: { ...generation.credits, charged: 0, released: status === "unknown" ? 0 : generation.credits.quoted },
  outputs: generation.outputs.map((known) => ({ ...known, url: null, download_url: null, thumbnail_url: null, thumbhash: null, ...output })),
});
const returned = { quoted: 4, charged: 0, released: 4 };
const refusal = { code: "prompt_rejected", message: "The provider refused this picture: it may show a real person." };
const failure = { code: "provider_error", message: "The provider answered with an error." };

/** The painter neither fails nor refuses, so these states are written into what the server answered. */
async function unlucky(route: Route): Promise<void> {
  const reply = await route.fetch();
  const list = (await reply.json()) as { data: GenerationView[] };
  const [first, second, third, ...rest] = list.data;
  if (!first || !second || !third) return route.fulfill({ response: reply });
  const data = [
    change(first, "failed", { status: "failed", error: failure as OutputView["error"], credits: returned }),
    change(second, "failed", { status: "refused", error: refusal as OutputView["error"], credits: returned }),
    change(third, "unknown", { status: "unknown", credits: { quoted: 4, charged: 0, released: 0 } }),
    ...rest,
  ];
  return route.fulfill({ response: reply, json: { ...list, data } });
}

test(
  "failed, refused and unknown, as the server would tell them (its answer is changed on the way to the browser)",
  async () => {
    await page.route("**/v1/generations?*", unlucky);
    await page.goto("/");
    await page.locator('[data-status="unknown"]').first().waitFor();
    await page.getByText("Nothing was charged.").or(page.getByText("credits returned")).first().waitFor();
    await look(page, "unlucky");
    await page.locator('[data-status="refused"] a[data-tile]').first().click();
    await look(page, "detail-refused");
    await page.unroute("**/v1/generations?*");
  },
  LONG_MS,
);

test(
  "very long words, and words from right to left",
  async () => {
    const { page: mine } = await studio.openAs("polyglot", 100);
    await mine.goto("/");
    await order(mine, { prompt: "منارة على جرف من البازلت عند الغروب، ضباب قادم من الشمال" });
    await order(mine, { prompt: `Donau${"dampfschifffahrts".repeat(30)}` });
    await order(mine, { prompt: "מגדלור with a \u202Estray\u202C mark <b>and tags</b>" });
    await mine.locator('[data-status="delivered"]').nth(2).waitFor({ timeout: 30_000 });
    await look(mine, "words");
    await mine.locator("a[data-tile]").nth(1).click();
    await look(mine, "words-detail");
    await mine.context().close();
  },
  LONG_MS,
);

/** As many more as if somebody had worked for weeks: copies of one picture, an hour apart. */
async function multiply(id: string, times: number): Promise<void> {
  // It runs; this joins it.
  const postgres = await startEmbeddedPostgres({ home: studio.home, durable: true });
  const client = new pg.Client(postgres.url);
  await client.connect();
  const columns = "account_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted, charged, released, request_hash, status";
  const file =
    "state, attempt, credits, captured, released, seed, storage_key, thumbnail_key, mime, width, height, bytes, sha256, thumbhash, started_at, settled_at";
  await client.query(
    `with source as (select * from generations where id = $1),
          made as (insert into generations (id, ${columns}, created_at, started_at, finished_at)
                   select uuidv7(make_interval(hours => -n)), ${columns}, now() - make_interval(hours => n), now(), now()
                   from source, generate_series(1, $2::int) n returning id, account_id)
     insert into outputs (id, generation_id, account_id, index, ${file})
     select uuidv7(), made.id, made.account_id, 0, ${file}
     from made, lateral (select * from outputs where generation_id = $1 limit 1) original`,
    [id, times],
  );
  await client.end();
  await postgres.stop();
}

const inSight = `[...document.querySelectorAll("a[data-tile]")].find((tile) => {
  const { top, bottom } = tile.getBoundingClientRect();
  return top > 150 && bottom < innerHeight;
})?.dataset.tile ?? null`;

test(
  "with hundreds, the gallery loads as one scrolls, draws only what is near, and keeps its place",
  async () => {
    const { page: mine } = await studio.openAs("hoarder", 100);
    await mine.goto("/");
    const { id } = await order(mine, { prompt: "A meadow in spring" });
    await mine.locator('[data-status="delivered"]').waitFor({ timeout: 30_000 });
    await multiply(fromPublicId("generation", id)!, 400);
    const asked: string[] = [];
    mine.on("request", (request) => {
      if (request.url().includes("/v1/generations?")) asked.push(new URL(request.url()).searchParams.get("after") ?? "the newest");
    });
    await mine.goto("/gallery");
    const cards = mine.getByTestId("card");
    await cards.first().waitFor();
    const drawn: number[] = [];
    const later = (): string[] => asked.filter((after) => after !== "the newest");
    await expect
      .poll(
        async () => {
          await mine.mouse.wheel(0, 6000);
          drawn.push(await cards.count());
          return later().length;
        },
        { timeout: 30_000, interval: 150 },
      )
      .toBe(8);
    // The newest are looked at again when the event stream opens; nothing below them is.
    expect(new Set(later()).size).toBe(8);
    expect(Math.max(...drawn)).toBeLessThan(150);
    await look(mine, "gallery-many", { only: "wide" });
    await mine.setViewportSize({ width: 1440, height: 900 });
    await mine.evaluate("scrollTo(0, 3000)");
    await expect.poll(() => mine.evaluate("scrollY")).toBe(3000);
    // What was drawn for the place before may be on its way out; what is in sight stays.
    await expect.poll(() => mine.evaluate<string | null>(inSight)).not.toBeNull();
    const seen = mine.locator(`a[data-tile="${await mine.evaluate<string>(inSight)}"]`);
    const place = await mine.evaluate("scrollY");
    await seen.click();
    await mine.getByTestId("stage").waitFor();
    await mine.goBack();
    await mine.getByTestId("detail").waitFor({ state: "detached" });
    expect(await mine.evaluate("scrollY")).toBe(place);
    await mine.getByRole("link", { name: /Credits/ }).click();
    await mine.getByTestId("ledger-row").first().waitFor();
    await mine.goBack();
    await cards.first().waitFor();
    await expect.poll(() => mine.evaluate("scrollY")).toBe(place);
    expect(later()).toHaveLength(8);
    await mine.context().close();
  },
  LONG_MS,
);

test("on all of these pages nobody else was asked", () => {
  expect(maker.foreign).toEqual([]);
});
