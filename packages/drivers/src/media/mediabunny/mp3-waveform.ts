import { EncodedPacketSink, type InputAudioTrack } from "mediabunny";
import { MPEGDecoder } from "mpg123-decoder";
import { createPeaks } from "../peaks.ts";

/** Decodes it a packet at a time. Null where there is nothing to hear. */
export async function mp3Waveform(track: InputAudioTrack, durationMs: number): Promise<string | null> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    const peaks = createPeaks((durationMs / 1000) * (await track.getSampleRate()));
    let heard = 0;
    for await (const { data } of new EncodedPacketSink(track).packets()) {
      const { channelData, samplesDecoded } = decoder.decodeFrame(data);
      for (const channel of channelData) channel.forEach((sample, at) => peaks.add(heard + at, Math.abs(sample)));
      heard += samplesDecoded;
    }
    return heard === 0 ? null : peaks.text();
  } finally {
    decoder.free();
  }
}
