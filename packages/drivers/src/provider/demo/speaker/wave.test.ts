import { expect, test } from "vitest";
import { readWave, wholeWave } from "./wave.ts";

const HEAD = 44;

/** In the middle of memory that others use, as small buffers are. */
function waveOf(samples: readonly number[]): Buffer {
  const memory = Buffer.from("words of somebody else ".repeat(40));
  const bytes = memory.subarray(100, 100 + HEAD + samples.length * 2);
  bytes.fill(0);
  bytes.write("RIFF", 0, "latin1");
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(22_050, 24);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(0xffffffff, 40);
  samples.forEach((sample, at) => bytes.writeInt16LE(sample, HEAD + at * 2));
  return bytes;
}

test("samples are the file's own, and nothing of the memory around it", () => {
  expect([...readWave(waveOf([1, -2, 3])).samples]).toEqual([1, -2, 3]);
  const whole = wholeWave(waveOf([1, -2, 3]));
  expect(whole.length).toBe(HEAD + 6);
  expect(Buffer.from(whole).includes("somebody")).toBe(false);
  expect(wholeWave(waveOf([])).length).toBe(HEAD);
});
