/** Delivers what waits at an address, in a process of its own; says how much memory that took, and what was stored. */
import { join } from "node:path";
import { createHttpDownloads } from "@cooly/drivers/download/http";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import { openFilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { deliver } from "../src/generations/deliver.ts";
import type { Hand, Held } from "../src/generations/hand.ts";
import { quietLog } from "./fixture.ts";

const [folder, warmUp, url] = process.argv.slice(2) as [string, string, string];
const hand = {
  downloads: createHttpDownloads(),
  scratch: await openFilesystemScratch({ directory: join(folder, "scratch") }),
  media: createMediaInspector(),
  store: createFilesystemStore({ directory: join(folder, "media"), publicUrl: "http://localhost", secret: "x".repeat(32) }),
  log: quietLog,
} as unknown as Hand;
const work = { account_id: "account", stop: new AbortController() } as unknown as Held;
const mostBytes = (): number => process.resourceUsage().maxRSS * 1024;

// Whatever is loaded when it is first used is loaded now.
await deliver(hand, work, { from: "url", url: warmUp });
const before = mostBytes();
const delivered = await deliver(hand, work, { from: "url", url });
process.stdout.write(JSON.stringify({ delivered, grownBytes: mostBytes() - before }));
