import { describe, expect, test } from "vitest";
import type { Event } from "@cooly/contract";
import { generation } from "../../test/sample.ts";
import { connectionOf } from "./connection.ts";
import { isGap, reduceOutput } from "./reduce.ts";
import { announcementOf } from "./tell.ts";

const waiting = generation();
const [first, second] = waiting.outputs as [(typeof waiting.outputs)[0], (typeof waiting.outputs)[0]];
const base = { at: "2026-11-24T08:30:00.000Z", generation_id: waiting.id, output_id: first.id, index: 0 };
const running: Extract<Event, { index: number }> = { type: "generation.running", ...base };
const progress = (value: number): Extract<Event, { index: number }> => ({ type: "generation.progress", ...base, progress: value });
const unknown: Extract<Event, { index: number }> = { type: "generation.unknown", ...base };
const told = (status: "delivered" | "failed"): Extract<Event, { type: "generation.output" }> => ({ type: "generation.output", at: base.at, generation_id: waiting.id, output: { ...first, status } });

describe("an event about an output", () => {
  test("starts it, and with it the generation", () => {
    const after = reduceOutput(waiting, running);
    expect(after.status).toBe("running");
    expect(after.outputs.map(({ status }) => status)).toEqual(["running", "queued"]);
    expect(after.outputs[1]).toBe(second);
  });

  test("tells how far it is, and never goes back", () => {
    const after = [progress(0.2), progress(0.6), progress(0.4)].reduce(reduceOutput, waiting);
    expect(after.outputs[0]).toMatchObject({ status: "running", progress: 0.6 });
  });

  test("that comes late changes nothing", () => {
    const done = reduceOutput(waiting, told("delivered"));
    expect([running, progress(0.3), unknown].reduce(reduceOutput, done)).toBe(done);
  });

  test("that comes twice changes nothing", () => {
    const once = reduceOutput(waiting, running);
    expect(reduceOutput(once, running)).toBe(once);
  });

  test("about somebody else changes nothing", () => {
    expect(reduceOutput(waiting, { ...running, output_id: "out_other" })).toBe(waiting);
  });

  test("makes the generation wait for a verdict once nothing else is open", () => {
    const part = reduceOutput(waiting, unknown);
    expect(part.status).toBe("running");
    expect(reduceOutput(part, { ...unknown, output_id: second.id }).status).toBe("unknown");
    expect(reduceOutput(reduceOutput(waiting, { ...told("delivered") }), { ...unknown, output_id: second.id }).status).toBe("unknown");
  });
});

test("a gap is an id that does not follow the one before", () => {
  expect(isGap(null, "7")).toBe(false);
  expect(isGap(6, "7")).toBe(false);
  expect(isGap(6, "9")).toBe(true);
  expect(isGap(6, "6")).toBe(false);
});

describe("what is said aloud", () => {
  const end = (change: Parameters<typeof generation>[0]): Event => {
    const ended = generation(change);
    return { type: "generation.succeeded", at: base.at, generation_id: ended.id, generation: ended };
  };

  test("is the end, with the figures", () => {
    const [one, two] = waiting.outputs as [typeof first, typeof first];
    const delivered = { ...one, status: "delivered" as const };
    expect(announcementOf(end({ status: "succeeded", outputs: [delivered, { ...two, status: "delivered" }] }))).toBe("2 pictures ready: Paper boats");
    const partly = end({ status: "succeeded", outputs: [delivered, { ...two, status: "failed" }], credits: { quoted: 8, charged: 4, released: 4 } });
    expect(announcementOf(partly)).toBe("1 ready, 1 not delivered, 4 credits returned: Paper boats");
  });

  test("is not every step", () => {
    expect(announcementOf(progress(0.5))).toBeNull();
    expect(announcementOf(running)).toBeNull();
  });
});

test("the connection is named by what is known of it", () => {
  const signs = { browserOnline: true, streamOpen: false, everOpened: false, answered: null };
  expect(connectionOf(signs)).toBe("starting");
  expect(connectionOf({ ...signs, streamOpen: true })).toBe("live");
  expect(connectionOf({ ...signs, everOpened: true, answered: true })).toBe("polling");
  expect(connectionOf({ ...signs, answered: false })).toBe("offline");
  expect(connectionOf({ ...signs, streamOpen: true, browserOnline: false })).toBe("offline");
});
