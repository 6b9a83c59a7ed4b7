import { describe, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { generation } from "../../test/sample.ts";
import { allOf, drop, matches, mergeHead, patch, reconcile, upsert, type Pages } from "./pages.ts";

const [a, b, c, d, e] = [5, 4, 3, 2, 1].map((second) => generation({ at: 1_700_000_000_000 + second * 1000 })) as [GenerationView, GenerationView, GenerationView, GenerationView, GenerationView];

const page = (data: readonly GenerationView[], more: boolean) => ({ data, last_id: data.at(-1)?.id ?? null, has_more: more });
const pages = (...parts: readonly (readonly GenerationView[])[]): Pages => ({
  pages: parts.map((data, index) => page(data, index < parts.length - 1)),
  pageParams: [null, ...parts.slice(0, -1).map((data) => data.at(-1)!.id)],
});

describe("a cached list", () => {
  test("changes one generation and leaves all others as they are", () => {
    const before = pages([a, b], [c]);
    const after = patch(before, c.id, (it) => ({ ...it, status: "running" }));
    expect(allOf(after).map(({ status }) => status)).toEqual(["queued", "queued", "running"]);
    expect(after.pages[0]).toBe(before.pages[0]);
    expect(patch(before, "gen_none", () => a)).toBe(before);
  });

  test("takes a new generation at the place that its id gives it", () => {
    expect(allOf(upsert(pages([b, d], [e]), a))).toEqual([a, b, d, e]);
    expect(allOf(upsert(pages([a, d], [e]), b))).toEqual([a, b, d, e]);
    expect(allOf(upsert(pages([]), a))).toEqual([a]);
  });

  test("does not put an old generation among what is not loaded", () => {
    const before: Pages = { pages: [page([a, b], true)], pageParams: [null] };
    expect(upsert(before, e)).toBe(before);
  });

  test("forgets a generation", () => {
    expect(allOf(drop(pages([a, b], [c]), b.id))).toEqual([a, c]);
  });

  test("a fresh first page brings what is new, takes what is gone, and keeps deeper pages", () => {
    const after = mergeHead(pages([b, c], [d, e]), page([a, c], true));
    expect(allOf(after)).toEqual([a, c, d, e]);
  });

  test("a fresh page without overlap replaces all: there may be a hole between", () => {
    expect(allOf(mergeHead(pages([d, e]), page([a, b], true)))).toEqual([a, b]);
  });

  test("a fresh page with everything on it is everything", () => {
    expect(allOf(mergeHead(pages([a, b], [c]), page([a], false)))).toEqual([a]);
  });

  test("the next page is asked for after the last one that is cached", () => {
    const after = mergeHead({ pages: [page([b, c], true)], pageParams: [null] }, page([a, b], true));
    expect(allOf(after)).toEqual([a, b, c]);
    expect(after.pages.at(-1)).toMatchObject({ last_id: c.id, has_more: true });
    const whole = mergeHead({ pages: [page([a], true)], pageParams: [null] }, page([a, b], true));
    expect(whole.pages.at(-1)).toMatchObject({ last_id: b.id, has_more: true });
  });
});

describe("an older reply", () => {
  test("does not undo an end", () => {
    const done = { ...a, status: "succeeded" as const };
    expect(reconcile(done, { ...a, status: "running" })).toBe(done);
    expect(reconcile({ ...a, status: "running" }, done)).toBe(done);
  });

  test("does not undo the verdict of one output", () => {
    const delivered = { ...a, status: "running" as const, outputs: a.outputs.map((it, index) => (index === 0 ? { ...it, status: "delivered" as const } : it)) };
    const told = reconcile(delivered, { ...a, status: "running" });
    expect(told.outputs.map(({ status }) => status)).toEqual(["delivered", "queued"]);
  });
});

describe("a filter", () => {
  test("wants every word, the status and the model", () => {
    expect(matches({ q: "boats PAPER" }, a)).toBe(true);
    expect(matches({ q: "paper planes" }, a)).toBe(false);
    expect(matches({ status: "failed" }, a)).toBe(false);
    expect(matches({ model: "demo/painter", status: "queued" }, a)).toBe(true);
  });
});
