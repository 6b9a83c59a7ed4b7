import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { justify, neighbour, type Block, type Frame } from "./justify.ts";

const frame: Frame = { width: 1200, gap: 8, blockGap: 24, target: 300, most: 420, least: 150, caption: 36, heading: 48 };
const narrow: Frame = { ...frame, width: 344, blockGap: 16, target: 240, least: 130 };

const block = (key: string, aspects: readonly number[], more: Partial<Block> = {}): Block => ({
  key,
  shapes: aspects.map((aspect, index) => ({ key: `${key}${index}`, aspect })),
  together: true,
  merged: false,
  heading: null,
  ...more,
});

describe("a justified grid", () => {
  test("keeps the shape of every picture, and puts none outside of the width", () => {
    const aspects = fc.array(fc.double({ min: 0.4, max: 2.6, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(aspects, { maxLength: 30 }), fc.integer({ min: 320, max: 2400 }), fc.boolean(), (batches, width, together) => {
        const blocks = batches.map((shapes, index) => block(`b${index}-`, shapes, { together }));
        const lines = justify(blocks, { ...frame, width });
        const shapes = new Map(blocks.flatMap((one) => one.shapes).map(({ key, aspect }) => [key, aspect]));
        const tiles = lines.flatMap((line) => line.tiles);
        expect(tiles.map(({ key }) => key)).toEqual([...shapes.keys()]);
        for (const { key, x, width: taken, height } of tiles) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + taken).toBeLessThanOrEqual(width);
          expect(Math.abs(taken - shapes.get(key)! * height)).toBeLessThanOrEqual(14);
        }
      }),
    );
  });

  test("stacks lines without overlap or hole", () => {
    const lines = justify([block("a", [1, 1, 1, 1]), block("b", [1.5]), block("c", [0.75, 0.75])], frame);
    lines.forEach((line, index) => expect(line.top).toBe(index === 0 ? 0 : lines[index - 1]!.top + lines[index - 1]!.size));
  });

  test("keeps a batch together on one row, with one caption as wide as the batch", () => {
    const [line, ...rest] = justify([block("a", [1, 1, 1, 1])], frame);
    expect(rest).toEqual([]);
    expect(line?.tiles.map(({ x, width, height }) => ({ x, width, height }))).toEqual([
      { x: 0, width: 294, height: 294 },
      { x: 302, width: 294, height: 294 },
      { x: 604, width: 294, height: 294 },
      { x: 906, width: 294, height: 294 },
    ]);
    expect(line?.captions).toEqual([{ key: "a", x: 0, width: 1200 }]);
  });

  test("breaks a batch into even rows of one height where one row would be too low", () => {
    const lines = justify([block("a", [1, 1, 1, 1])], narrow);
    expect(lines.map(({ tiles }) => tiles.map(({ key, width, height }) => [key, width, height]))).toEqual([
      [["a0", 168, 168], ["a1", 168, 168]],
      [["a2", 168, 168], ["a3", 168, 168]],
    ]);
    expect(lines.map(({ captions }) => captions.length)).toEqual([0, 1]);
  });

  test("lets short batches share a line, further apart than the pictures of one batch", () => {
    const [line] = justify([block("a", [1, 1]), block("b", [1, 1])], frame);
    const [, second, third] = line!.tiles;
    expect(second!.x - line!.tiles[0]!.width).toBe(8);
    expect(third!.x - (second!.x + second!.width)).toBe(24);
    expect(line!.captions.map(({ key }) => key)).toEqual(["a", "b"]);
  });

  test("fills the space of a merged batch with one frame, so that nothing moves when its reason is known", () => {
    for (const [within, count] of [[frame, 4], [narrow, 4], [frame, 2]] as const) {
      const aspects = Array.from({ length: count }, () => 1);
      const open = justify([block("a", aspects), block("b", [1])], within);
      const closed = justify([block("a", aspects, { merged: true }), block("b", [1])], within);
      const height = (lines: typeof open) => lines.reduce((sum, { size }) => sum + size, 0);
      expect(height(closed)).toBe(height(open));
      expect(closed[0]!.tiles[0]).toMatchObject({ key: "a", x: 0 });
    }
  });

  test("a lone picture is not blown up to the whole width", () => {
    const [line] = justify([block("a", [1])], frame);
    expect(line?.tiles[0]).toMatchObject({ width: 300, height: 300 });
  });

  test("starts anew below each heading", () => {
    const lines = justify([block("a", [1], { heading: "Today" }), block("b", [1], { heading: "Today" }), block("c", [1], { heading: "Yesterday" })], frame);
    expect(lines.map(({ heading, tiles }) => heading ?? tiles.map(({ key }) => key))).toEqual(["Today", ["a0", "b0"], "Yesterday", ["c0"]]);
  });

  test("shows nothing where there is no width yet", () => {
    expect(justify([block("a", [1])], { ...frame, width: 0 })).toEqual([]);
  });
});

describe("walking up and down", () => {
  const lines = justify([block("a", [1, 1, 1, 1]), block("b", [2, 2]), block("c", [1, 1, 1])], frame);

  test("goes to the tile whose middle is nearest", () => {
    expect(neighbour(lines, "a0", 1)).toBe("b0");
    expect(neighbour(lines, "a3", 1)).toBe("b1");
    expect(neighbour(lines, "b0", -1)).toBe("a0");
  });

  test("ends at the edges", () => {
    expect(neighbour(lines, "a0", -1)).toBeNull();
    expect(neighbour(lines, "c2", 1)).toBeNull();
    expect(neighbour(lines, "nobody", 1)).toBeNull();
  });
});
