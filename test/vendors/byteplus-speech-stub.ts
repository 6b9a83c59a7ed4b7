/** Seed Speech: one call, lines of JSON with pieces of a recording. Shapes: the vendor's API reference. */
import { SECRET_KEY } from "./adapter-contract.ts";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";

export const speechError = (status: number, code: number, message: string = "refused"): Answer => ({ status, body: { code, message, data: null } });

export const linesOf = (...lines: object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const PIECE = 20;

export function startSpeech(result: Uint8Array): Promise<Stub> {
  function answer(call: Call): Answer {
    if (call.headers["x-api-key"] !== SECRET_KEY)
      return { status: 401, body: { header: { code: 45000010, message: "load grant: requested grant not found" } } };
    const { text, speaker } = (call.json()["req_params"] ?? {}) as Record<string, unknown>;
    if (!text || !speaker) return speechError(400, 45000000, "missing text or speaker");
    const pieces = Array.from({ length: Math.ceil(result.length / PIECE) }, (_, index) => Buffer.from(result).subarray(index * PIECE, (index + 1) * PIECE));
    const lines = pieces.map((piece) => ({ code: 0, message: "", data: piece.toString("base64") }));
    return {
      headers: { "x-tt-logid": "log-1" },
      body: linesOf(...lines, { code: 0, message: "", data: null, sentence: {} }, { code: 20_000_000, message: "ok", data: null }),
    };
  }

  return startStub({ kind: ({ method }) => (method === "POST" ? "submit" : "other"), answer });
}
