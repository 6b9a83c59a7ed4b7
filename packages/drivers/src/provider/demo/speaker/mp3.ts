import { registerMp3Encoder } from "@mediabunny/mp3-encoder";
import { AudioSample, AudioSampleSource, BufferTarget, Mp3OutputFormat, Output } from "mediabunny";
import { readWave } from "./wave.ts";

// Plenty for one voice.
const BITS_PER_SECOND = 64_000;
const BLOCK_SECONDS = 10;

let registered = false;

export async function toMp3(bytes: Uint8Array): Promise<Uint8Array> {
  if (!registered) registerMp3Encoder();
  registered = true;
  const { rate, samples } = readWave(bytes);
  const output = new Output({ format: new Mp3OutputFormat(), target: new BufferTarget() });
  const source = new AudioSampleSource({ codec: "mp3", bitrate: BITS_PER_SECOND });
  output.addAudioTrack(source);
  await output.start();
  const block = rate * BLOCK_SECONDS;
  for (let from = 0; from < samples.length; from += block) {
    const data = Float32Array.from(samples.subarray(from, from + block), (value) => value / 32_768);
    const sample = new AudioSample({ data, format: "f32", numberOfChannels: 1, sampleRate: rate, timestamp: from / rate });
    await source.add(sample);
    sample.close();
  }
  await output.finalize();
  return new Uint8Array(output.target.buffer!);
}
