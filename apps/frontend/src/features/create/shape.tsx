import { parseSize } from "@cooly/contract";

const BOX = 16;

/** The size as a little rectangle of its shape. */
export function Shape({ size, box = BOX }: { size: string; box?: number }) {
  const parsed = parseSize(size) ?? { width: 1, height: 1 };
  const scale = box / Math.max(parsed.width, parsed.height);
  return (
    <span aria-hidden className="flex shrink-0 items-center justify-center" style={{ width: box, height: box }}>
      <span className="rounded-[2px] border-[1.5px] border-current" style={{ width: Math.max(5, Math.round(parsed.width * scale)), height: Math.max(5, Math.round(parsed.height * scale)) }} />
    </span>
  );
}
