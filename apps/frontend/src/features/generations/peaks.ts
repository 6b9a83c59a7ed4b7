/** From silence, 0, to the loudest part, 1; null where it is not known how loud a sound is. */
export function peaksOf(waveform: string | null): readonly number[] | null {
  if (!waveform) return null;
  try {
    const bytes = Uint8Array.from(atob(waveform), (letter) => letter.charCodeAt(0));
    const loudest = Math.max(...bytes);
    return bytes.length === 0 ? null : Array.from(bytes, (peak) => (loudest === 0 ? 0 : peak / loudest));
  } catch {
    return null;
  }
}

/** Fewer of them, each the loudest of those that it stands for. */
export function fewer(peaks: readonly number[], count: number): readonly number[] {
  if (count >= peaks.length) return peaks;
  const share = peaks.length / count;
  return Array.from({ length: Math.max(1, count) }, (_, index) => Math.max(...peaks.slice(Math.floor(index * share), Math.max(Math.floor((index + 1) * share), Math.floor(index * share) + 1))));
}

const HEIGHT = 100;
// Silence is a line of dots, not a gap.
const LEAST = 4;
const BAR = 0.6;

/** One bar each, about the middle: a path in a box that is as wide as there are peaks, and 100 high. */
export const barsOf = (peaks: readonly number[]): string =>
  peaks
    .map((peak, index) => {
      const height = Math.max(LEAST, Math.round(peak * HEIGHT));
      return `M${(index + (1 - BAR) / 2).toFixed(1)} ${(HEIGHT - height) / 2}h${BAR}v${height}h${-BAR}z`;
    })
    .join("");
