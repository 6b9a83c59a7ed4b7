import { expect, test } from "vitest";
import type { CreditsView, LedgerEntryView } from "@cooly/contract";
import { changeOf, explain, sourceOf } from "./explain.ts";
import { inOrder } from "./lots.tsx";
import { withHead } from "./refresh-ledger.ts";

const entry = (id: string): LedgerEntryView => ({
  id, kind: "reserve", credits: 4, available_change: -4, held_change: 4, available_after: 96, generation_id: null, output_index: null, reason: null, created_at: "2026-11-24T08:30:00.000Z",
});
const page = (ids: readonly string[], more = false) => ({ data: ids.map(entry), last_id: ids.at(-1) ?? null, has_more: more });
const ids = (pages: { pages: readonly { data: readonly LedgerEntryView[] }[] }) => pages.pages.flatMap(({ data }) => data.map(({ id }) => id));

test("every movement has a sentence", () => {
  expect(explain({ kind: "grant", reason: "Workshop", output_index: null })).toBe("Granted: Workshop");
  expect(explain({ kind: "capture", reason: null, output_index: 0 })).toBe("Paid for result 1, out of what was held");
  expect(explain({ kind: "release", reason: null, output_index: 2 })).toBe("Returned: result 3 was not delivered");
  expect(explain({ kind: "release", reason: null, output_index: null })).toBe("Returned from the hold");
  expect((["reserve", "expire", "clawback"] as const).map((kind) => explain({ kind, reason: null, output_index: null }))).toEqual(["Held for a generation", "Expired", "Taken back"]);
});

test("a change has its sign; what was paid out of the hold says so", () => {
  expect(changeOf({ available_change: -1200, held_change: 1200 })).toEqual({ figure: "−1,200", note: null });
  expect(changeOf({ available_change: 4, held_change: -4 })).toEqual({ figure: "+4", note: null });
  expect(changeOf({ available_change: 0, held_change: -4 })).toEqual({ figure: "0", note: "4 from held" });
});

test("a source without a name of its own is spelled", () => {
  expect(sourceOf("sign_up")).toBe("Welcome credits");
  expect(sourceOf("spring_campaign")).toBe("Spring campaign");
});

test("what expires first comes first, what never does last", () => {
  const lot = (expires_at: string | null): CreditsView["lots"][number] => ({ source: "x", granted: 1, remaining: 1, held: 0, expires_at, created_at: "2026-01-01T00:00:00.000Z" });
  const order = inOrder([lot(null), lot("2027-01-01T00:00:00.000Z"), lot("2026-12-01T00:00:00.000Z"), lot(null)]);
  expect(order.map(({ expires_at }) => expires_at?.slice(0, 7) ?? null)).toEqual(["2026-12", "2027-01", null, null]);
});

test("new movements are laid on top; with a hole between, the list starts anew", () => {
  const known = { pages: [page(["4", "3"], true), page(["2", "1"])], pageParams: [null, "3"] };
  expect(ids(withHead(known, page(["6", "5", "4"], true)))).toEqual(["6", "5", "4", "3", "2", "1"]);
  expect(withHead(known, page(["4", "3"], true))).toBe(known);
  expect(ids(withHead(known, page(["9", "8"], true)))).toEqual(["9", "8"]);
});
