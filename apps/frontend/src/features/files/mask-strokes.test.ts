import { expect, test } from "vitest";
import { begun, brushWidth, drawStrokes, isDrawn, prolonged, type Paper, type Stroke } from "./mask-strokes.ts";

const stroke = (erases = false): Stroke => ({ width: 8, erases, points: [{ x: 1, y: 2 }] });

function paper(): { log: string[]; paper: Paper } {
  const log: string[] = [];
  const note =
    (name: string) =>
    (...words: number[]) =>
      void log.push([name, ...words].join(" "));
  const names = ["save", "restore", "beginPath", "moveTo", "lineTo", "stroke", "clearRect", "scale"] as const;
  const made = Object.fromEntries(names.map((name) => [name, note(name)]));
  return { log, paper: new Proxy(made, { set: (_target, name, value) => Boolean(log.push(`${String(name)}=${String(value)}`)) }) as unknown as Paper };
}

test("a stroke grows by its points; what is only erased is nothing to edit", () => {
  const strokes = prolonged(begun([], stroke()), { x: 3, y: 4 });
  expect(strokes[0]!.points).toEqual([{ x: 1, y: 2 }, { x: 3, y: 4 }]);
  expect(prolonged([], { x: 1, y: 1 })).toEqual([]);
  expect([isDrawn([]), isDrawn([stroke(true)]), isDrawn([stroke(true), stroke()])]).toEqual([false, false, true]);
});

test("a brush goes with the picture, and is never thinner than a pixel", () => {
  expect(brushWidth(0.1, { width: 400, height: 1000 })).toBe(100);
  expect(brushWidth(0.01, { width: 8, height: 8 })).toBe(1);
});

test("strokes are drawn in their order, a dab as a line of hardly any length, and erasing lets through", () => {
  const { log, paper: sheet } = paper();
  drawStrokes(sheet, [stroke(), { ...stroke(true), points: [{ x: 0, y: 0 }, { x: 9, y: 9 }] }], { scale: 0.5, color: "#fff" });
  expect(log).toEqual(
    [
    ["save", "scale 0.5 0.5", "lineCap=round", "lineJoin=round", "strokeStyle=#fff"],
    ["globalCompositeOperation=source-over", "lineWidth=8", "beginPath", "moveTo 1 2", "lineTo 1.01 2", "stroke"],
    ["globalCompositeOperation=destination-out", "lineWidth=8", "beginPath", "moveTo 0 0", "lineTo 9 9", "stroke", "restore"],
    ].flat(),
  );
});
