/** The Gemini API: pictures at once, films as operations with a file behind the key. Shapes: the vendor's API reference. */
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export interface Trouble {
  readonly status: number;
  readonly name: string;
  readonly message?: string;
  readonly reason?: string;
  readonly retryDelay?: string;
}

const TYPES = "type.googleapis.com/google.rpc";

export function geminiError({ status, name, message = name, reason, retryDelay }: Trouble): Answer {
  const details = [
    ...(reason === undefined ? [] : [{ "@type": `${TYPES}.ErrorInfo`, reason, domain: "googleapis.com" }]),
    ...(retryDelay === undefined
      ? []
      : [
          { "@type": `${TYPES}.QuotaFailure`, violations: [] },
          { "@type": `${TYPES}.RetryInfo`, retryDelay },
        ]),
  ];
  return { status, body: { error: { code: status, message, status: name, details } } };
}

export interface GeminiStub extends Stub {
  /** The next picture or operation ends so. */
  next(end: object): void;
  /** Keys that a film was asked for with. */
  readonly filmKeys: (string | undefined)[];
  /** Films lead on to this place. */
  moveFilms(origin: string): void;
}

const LOOKS_UNTIL_DONE = 3;

export async function startGemini(result: Uint8Array): Promise<GeminiStub> {
  const looks = new Map<string, number>();
  const ends: object[] = [];
  const ending = new Map<string, object | undefined>();
  const filmKeys: (string | undefined)[] = [];
  let moved: string | null = null;
  let count = 0;

  function answer(call: Call): Answer {
    if (call.path.startsWith("/elsewhere/")) return { body: result };
    if (call.headers["x-goog-api-key"] !== SECRET_KEY) return geminiError({ status: 400, name: "INVALID_ARGUMENT", reason: "API_KEY_INVALID" });
    if (call.path.startsWith("/v1beta/files/")) return moved === null ? { body: result } : { status: 302, headers: { location: `${moved}/elsewhere/film` } };
    if (call.path.endsWith(":generateContent")) return picture();
    if (call.path.endsWith(":predictLongRunning")) return create(call.path);
    return call.path.includes("/operations/") ? show(call.path.replace("/v1beta/", "")) : { body: { models: [] } };
  }

  function picture(): Answer {
    const made = {
      candidates: [
        {
          content: {
            parts: [
              { text: "thinking", thought: true },
              { text: "Here it is." },
              { inlineData: { mimeType: "image/png", data: Buffer.from(result).toString("base64") } },
            ],
            role: "model",
          },
          finishReason: "STOP",
        },
      ],
      usageMetadata: {
        promptTokenCount: 6,
        candidatesTokenCount: 1130,
        candidatesTokensDetails: [
          { modality: "TEXT", tokenCount: 10 },
          { modality: "IMAGE", tokenCount: 1120 },
        ],
      },
    };
    return { body: ends.shift() ?? made };
  }

  function create(path: string): Answer {
    const name = `${path.replace("/v1beta/", "").replace(":predictLongRunning", "")}/operations/op${(count += 1)}`;
    ending.set(name, ends.shift());
    return { body: { name } };
  }

  function show(name: string): Answer {
    if (!ending.has(name)) return geminiError({ status: 404, name: "NOT_FOUND" });
    const nth = (looks.get(name) ?? 0) + 1;
    looks.set(name, nth);
    if (nth < LOOKS_UNTIL_DONE) return { body: { name } };
    const done = { response: { generateVideoResponse: { generatedSamples: [{ video: { uri: `${stub.url}/v1beta/files/film:download?alt=media` } }] } } };
    return { body: { name, done: true, ...(ending.get(name) ?? done) } };
  }

  const stub = await startStub({
    kind({ method, path, headers }) {
      if (path.startsWith("/elsewhere/") || path.startsWith("/v1beta/files/")) {
        filmKeys.push(headers["x-goog-api-key"] as string | undefined);
        return "fetch";
      }
      if (method === "POST") return "submit";
      return path.includes("/operations/") ? "look" : "other";
    },
    answer,
    throttled: () => geminiError({ status: 429, name: "RESOURCE_EXHAUSTED", retryDelay: "0s" }),
  });
  return { ...stub, filmKeys, moveFilms: (origin) => void (moved = origin), next: (end) => void ends.push(end) };
}
