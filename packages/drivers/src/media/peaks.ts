/** How loud a sound is over its length. */
const PEAKS = 128;

export interface Peaks {
  /** `at`: which of all samples it is; `loud`: from silence, 0, to as loud as can be, 1. */
  add(at: number, loud: number): void;
  /** One byte each, base64. */
  text(): string;
}

export function createPeaks(total: number): Peaks {
  const peaks = Array.from({ length: PEAKS }, () => 0);
  return {
    add(at, loud) {
      const slot = Math.min(PEAKS - 1, Math.floor((at / total) * PEAKS));
      if (loud > peaks[slot]!) peaks[slot] = loud;
    },
    text: () => Buffer.from(peaks.map((peak) => Math.min(255, Math.round(peak * 255)))).toString("base64"),
  };
}
