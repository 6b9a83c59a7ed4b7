import { barsOf, fewer } from "./peaks.ts";

interface Props {
  readonly peaks: readonly number[];
  /** At most so many bars. */
  readonly bars?: number;
  /** How much of it was heard, 0 to 1. */
  readonly heard?: number;
}

/** Bars from left to right, as sounds are drawn everywhere. Who cannot see them is told by the label of what they are in. */
export function Waveform({ peaks, bars = peaks.length, heard = 0 }: Props) {
  const drawn = fewer(peaks, bars);
  const path = barsOf(drawn);
  return (
    <svg aria-hidden data-testid="waveform" viewBox={`0 0 ${drawn.length} 100`} preserveAspectRatio="none" className="block size-full">
      <path d={path} className="fill-line-strong" />
      {heard > 0 ? <path d={path} className="fill-accent transition-[clip-path] duration-200 ease-linear" style={{ clipPath: `inset(0 ${((1 - heard) * 100).toFixed(2)}% 0 0) view-box` }} /> : null}
    </svg>
  );
}
