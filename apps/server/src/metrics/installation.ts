/** Figures that are read from the database: of the whole installation, and equal in every process that tells them. */
import { readGauges, readSettled, type Database } from "@cooly/engine";
import type { Meters } from "./meters.ts";

const gauges = [
  "cooly_outputs",
  "cooly_queue_depth",
  "cooly_queue_oldest_seconds",
  "cooly_leases",
  "cooly_outbox_depth",
  "cooly_dead_letters",
  "cooly_broken_rules",
  "cooly_unproven_accounts",
  "cooly_ledger_held_credits",
] as const;

export function tellInstallation(meters: Meters, db: Database): void {
  let last: number | null = null;
  async function count(): Promise<void> {
    const seen = await readSettled(db, last);
    last = seen.last;
    for (const { kind, transfers, credits } of seen.moved) {
      meters.count("cooly_ledger_moved_credits_total", { kind }, credits);
      if (kind === "capture") meters.count("cooly_captured_credits_total", {}, credits);
      if (kind === "capture") meters.count("cooly_settled_outputs_total", { result: "captured" }, transfers);
      if (kind === "release") meters.count("cooly_settled_outputs_total", { result: "released" }, transfers);
    }
  }

  let counting: Promise<void> = Promise.resolve();
  meters.onScrape(gauges, async (set) => {
    meters.set("cooly_database_up", {}, 0);
    const figures = await readGauges(db);
    meters.set("cooly_database_up", {}, 1);
    for (const { state, outputs } of figures.live) set("cooly_outputs", { state }, outputs);
    const waiting = figures.live.find(({ state }) => state === "queued");
    const sum = (figure: "credits" | "leased"): number => figures.live.reduce((total, live) => total + live[figure], 0);
    set("cooly_queue_depth", {}, waiting?.outputs ?? 0);
    set("cooly_queue_oldest_seconds", {}, waiting?.oldest_seconds ?? 0);
    set("cooly_leases", {}, sum("leased"));
    set("cooly_ledger_held_credits", {}, sum("credits"));
    set("cooly_outbox_depth", {}, figures.outbox);
    set("cooly_dead_letters", {}, figures.dead);
    set("cooly_broken_rules", {}, figures.broken);
    set("cooly_unproven_accounts", {}, figures.unproven);
    // One after the other: two scrapes at once would count the same transfers twice.
    await (counting = counting.catch(() => undefined).then(count));
  });
}
