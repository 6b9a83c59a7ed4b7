/** WAV as the engine writes it: one channel of 16 bits. */

export interface Wave {
  readonly rate: number;
  readonly samples: Int16Array;
}

const HEAD = 44;

/** An engine that writes into a pipe cannot know sizes when it writes the head; here they are right. */
export function wholeWave(bytes: Uint8Array): Uint8Array {
  const { rate, samples } = readWave(bytes);
  const out = new Uint8Array(HEAD + samples.byteLength);
  const view = new DataView(out.buffer);
  const letters = (at: number, text: string): void => void new TextEncoder().encodeInto(text, out.subarray(at));
  letters(0, "RIFF");
  view.setUint32(4, out.length - 8, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, samples.byteLength, true);
  out.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), HEAD);
  return out;
}

export function readWave(bytes: Uint8Array): Wave {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    bytes.length < HEAD ||
    view.getUint32(0) !== 0x52494646 ||
    view.getUint32(36) !== 0x64617461 ||
    view.getUint16(22, true) !== 1 ||
    view.getUint16(34, true) !== 16
  )
    throw new Error("the speech engine wrote no WAV of one channel and 16 bits");
  const told = view.getUint32(40, true);
  const size = Math.min(told, bytes.length - HEAD) & ~1;
  // A copy of these bytes alone: `slice` of a Buffer is a view of the memory that it shares with all others.
  return { rate: view.getUint32(24, true), samples: new Int16Array(Uint8Array.from(bytes.subarray(HEAD, HEAD + size)).buffer) };
}
