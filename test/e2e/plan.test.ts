/** The planner in the studio: for administrators, and reckoned in the page. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePlan, money } from "@cooly/topology/plan";
import { cooly } from "../running-server.ts";
import { look } from "./looks.ts";
import { openStudio, PASSWORD, signIn, START_MS, type Studio, type Visit } from "./studio.ts";

let studio: Studio;
let visit: Visit;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  cooly(studio.home, "user", "add", "boss@example.com", "--password", PASSWORD, "--admin", "--json");
  visit = await studio.open();
  page = visit.page;
  await signIn(page, "boss@example.com");
}, START_MS);
afterAll(() => studio.close(), START_MS);

const shown = async (topology: string): Promise<string> => (await page.getByTestId(`plan-${topology}`).textContent()) ?? "";

test("an administrator finds it from the account, and it says what cooly plan says", async () => {
  await page.goto("/account");
  await page.getByRole("link", { name: "What each way to run this costs" }).click();
  await page.waitForURL("**/admin/plan");
  const { estimates, recommendation } = makePlan({ dailyUsers: 100 }, new Date());
  for (const { topology, total } of estimates) expect(await shown(topology)).toContain(money(total.middle, "USD"));
  await page.getByTestId("plan-take").filter({ hasText: recommendation.topology }).waitFor();
  await expect.poll(() => page.title()).toBe("What it costs - Cooly");
});

test("a slider moves by keys, says what it means, and every bill follows; nothing is asked of the server for it", async () => {
  const asked: string[] = [];
  page.on("request", (request) => void (request.url().includes("/v1/") && asked.push(request.url())));
  const before = await shown("managed");
  const slider = page.getByRole("slider", { name: "People on a usual day" });
  await slider.focus();
  for (let turn = 0; turn < 6; turn += 1) await page.keyboard.press("ArrowRight");
  expect(await slider.getAttribute("aria-valuetext")).toBe("1,000");
  const { estimates } = makePlan({ dailyUsers: 1_000 }, new Date());
  await expect.poll(() => shown("managed")).toContain(money(estimates[0]!.total.middle, "USD"));
  expect(await shown("managed")).not.toBe(before);
  await page.getByRole("checkbox", { name: "An outage of some hours is a disaster" }).click();
  await expect.poll(() => page.getByTestId("plan-take").textContent()).toBe("Take hybrid");
  expect(asked).toEqual([]);
});

test("it can be read wide and narrow, light and dark", async () => {
  await look(page, "plan");
  expect([visit.errors, visit.foreign]).toEqual([[], []]);
}, 120_000);

test("whoever is no administrator is told so", async () => {
  const { page: other } = await studio.openAs("someone-else", 0);
  await other.goto("/admin/plan");
  await other.getByRole("heading", { name: "This page is for administrators" }).waitFor();
  await other.goto("/account");
  await other.getByText("someone-else@example.com").waitFor();
  expect(await other.getByRole("link", { name: "What each way to run this costs" }).count()).toBe(0);
});
