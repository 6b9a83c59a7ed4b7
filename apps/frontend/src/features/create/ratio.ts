import { parseSize } from "@cooly/contract";

const familiar = [
  [1, 1], [4, 3], [3, 4], [3, 2], [2, 3], [16, 9], [9, 16], [5, 4], [4, 5], [21, 9], [9, 21], [7, 4], [4, 7], [2, 1], [1, 2], [12, 5], [5, 12],
] as const;

/** "1024x768" -> "4:3". Sizes rounded to what a model can make are still called by the ratio they stand for. */
export function ratioOf(size: string): string {
  const parsed = parseSize(size);
  if (!parsed) return size;
  const aspect = parsed.width / parsed.height;
  const near = familiar.find(([width, height]) => Math.abs(width / height / aspect - 1) < 0.01);
  return near ? `${near[0]}:${near[1]}` : `${parsed.width} × ${parsed.height}`;
}
