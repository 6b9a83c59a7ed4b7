/** A running Cooly and a browser in front of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { GenerationView } from "@cooly/contract";
import { cooly, startServer, stopServer, type RunningServer } from "../running-server.ts";
import { launchChromium } from "./chromium.ts";

export const PASSWORD = "a long enough one";
/** For what takes two seconds where nothing else is going on. */
export const START_MS = 180_000;
const PATIENCE_MS = 30_000;

export interface Studio {
  readonly url: string;
  readonly home: string;
  /** A window of its own: other cookies, other storage. */
  open(options?: BrowserContextOptions): Promise<Visit>;
  /** A window of somebody who is signed in and has this many credits. */
  openAs(name: string, credits: number): Promise<Visit>;
  close(): Promise<void>;
}

/** What no visit may have, and what it moved. */
export interface Visit {
  readonly page: Page;
  readonly errors: string[];
  readonly foreign: string[];
  readonly shifts: Shift[];
}

interface Shift {
  readonly value: number;
  readonly input: boolean;
  readonly nodes: readonly string[];
}

export async function openStudio(): Promise<Studio> {
  const home = await mkdtemp(join(tmpdir(), "cooly-e2e-"));
  const [server, browser] = await Promise.all([startServer(home), launchChromium()]);
  const open = (options?: BrowserContextOptions): Promise<Visit> => visit(browser, server.url, options);
  return { url: server.url, home, open, openAs: (name, credits) => openAs({ home, open }, { name, credits }), close: () => close({ browser, server, home }) };
}

async function close({ browser, server, home }: { browser: Browser; server: RunningServer; home: string }): Promise<void> {
  await browser.close();
  await stopServer(server);
  await rm(home, { recursive: true, force: true });
}

async function openAs({ home, open }: Pick<Studio, "home" | "open">, { name, credits }: { name: string; credits: number }): Promise<Visit> {
  const email = `${name}@example.com`;
  cooly(home, "user", "add", email, "--password", PASSWORD, "--credits", String(credits), "--json");
  const visit = await open();
  await signIn(visit.page, email);
  return visit;
}

export async function signIn(page: Page, email: string): Promise<void> {
  const reply = await page.request.post("/api/auth/sign-in/email", { data: { email, password: PASSWORD } });
  if (!reply.ok()) throw new Error(`signing in answered ${reply.status()}: ${await reply.text()}`);
}

const observeShifts = `const placed = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    window.tellShift({ value, input: hadRecentInput, 
      nodes: sources.map(({ node, previousRect, currentRect }) => placed(previousRect) + " -> " + placed(currentRect) + ": " + (node?.outerHTML?.slice(0, 160) ?? "gone")) });
}).observe({ type: "layout-shift", buffered: true });`;

async function visit(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const seen: Visit = { page, errors: [], foreign: [], shifts: [] };
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") seen.errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(data|blob):/.test(request.url())) seen.foreign.push(request.url());
  });
  await page.exposeFunction("tellShift", (shift: Shift) => seen.shifts.push(shift));
  await page.addInitScript(observeShifts);
  return seen;
}

interface Order {
  readonly prompt: string;
  readonly size?: string;
  readonly outputs?: number;
}

/** Through the API, as the person of this page. */
export async function post<Reply>(page: Page, path: string, data: unknown): Promise<Reply> {
  // The session is taken for the studio's own pages only, which say where they come from.
  const reply = await page.request.post(path, { data, headers: { origin: new URL(page.url()).origin } });
  if (!reply.ok()) throw new Error(`${path} answered ${reply.status()}: ${await reply.text()}`);
  return (await reply.json()) as Reply;
}

export const order = (page: Page, { prompt, size = "512x512", outputs = 1 }: Order): Promise<GenerationView> =>
  post(page, "/v1/generations", { model: "demo/painter", input: { prompt, size }, outputs });

export const generations = async (page: Page, query = "limit=100"): Promise<GenerationView[]> =>
  ((await (await page.request.get(`/v1/generations?${query}`)).json()) as { data: GenerationView[] }).data;
