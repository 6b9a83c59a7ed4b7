import type { Provider, Started } from "@cooly/engine/ports";
import type { Reply } from "../../http/reply.ts";
import { answeredBy, examine, submit } from "../openai-protocol.ts";
import { createTroubles, type Troubles } from "../trouble.ts";
import { compatibleErrors, serverOf, type CompatibleOptions } from "./server.ts";

/**
 * Speech of a server of one's own that speaks OpenAI's protocol: Kokoro, LocalAI. The answer is the recording. Which voices there are, and
 * whether they may be mixed, is the manifest's list.
 */
export function createCompatibleSpeech(options: CompatibleOptions): Provider {
  const server = serverOf(options, { name: "The speech server", url: "LOCAL_SPEECH_URL", key: "LOCAL_SPEECH_KEY" });
  const troubles = createTroubles(compatibleErrors, server.key);
  return {
    id: options.id,
    resubmit: "free",
    async start(job, signal) {
      // A stream has no length in its head, and is Kokoro's default; voices and marks within the text are settings that a user must not make.
      const fields = { allow_voice_tags: false, ssml: false, ...job.request, stream: false, model: job.upstreamId };
      const call = { path: "/audio/speech", type: "application/json", body: JSON.stringify(fields) };
      return readRecording(await submit(server, call, { job, signal }), troubles);
    },
    examine: (signal) => examine(server, signal),
  };
}

function readRecording(reply: Reply, troubles: Troubles): Started {
  if (reply.status < 200 || reply.status > 299) return troubles.refusal(answeredBy(reply));
  const type = String(reply.headers["content-type"] ?? "");
  // A gateway's page is no recording.
  if (reply.bytes.length > 0 && /^(audio\/|application\/octet-stream)/iu.test(type)) return { kind: "delivered", result: { from: "bytes", body: reply.bytes } };
  return { kind: "unknown", why: "the answer was good and held no recording" };
}
