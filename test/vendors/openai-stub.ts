/** OpenAI's pictures and speech, and servers that speak the same: answered in one call. Shapes: the vendor's API reference and SDK. */
import { SECRET_KEY } from "./adapter-contract.ts";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";

export const openAiError = (status: number, code: string | null, more: object = {}): Answer => ({
  status,
  headers: { "x-request-id": "req_1" },
  body: { error: { message: code ?? "The request is refused.", type: "invalid_request_error", param: null, code, ...more } },
});

export interface OpenAiStubOptions {
  /** The bytes of every picture or recording. */
  readonly result: Uint8Array;
  /** Null: whoever asks is served. */
  readonly key?: string | null;
  /** Of speech. */
  readonly mime?: string;
}

export interface OpenAiStub extends Stub {
  /** The next submit is answered so, by status 200. */
  next(body: object): void;
}

export async function startOpenAi({ result, key = SECRET_KEY, mime = "audio/mpeg" }: OpenAiStubOptions): Promise<OpenAiStub> {
  const ends: object[] = [];

  async function answer(call: Call): Promise<Answer> {
    if (key !== null && call.headers.authorization !== `Bearer ${key}`) return openAiError(401, "invalid_api_key");
    const end = call.method === "POST" ? ends.shift() : undefined;
    if (end) return { body: end };
    switch (call.path) {
      case "/v1/models":
        return { body: { object: "list", data: [{ id: "gpt-image-2", object: "model", created: 1, owned_by: "openai", shutdown_date: null }] } };
      case "/v1/images/generations":
        return picture(call.json());
      case "/v1/images/edits":
        return picture(await partsOf(call));
      case "/v1/audio/speech":
        return { headers: { "content-type": mime }, body: result };
    }
    return openAiError(404, null);
  }

  function picture({ prompt, model }: Record<string, unknown>): Answer {
    if (typeof prompt !== "string" || typeof model !== "string") return openAiError(400, "missing_required_parameter");
    const usage = { input_tokens: 20, input_tokens_details: { image_tokens: 0, text_tokens: 20 }, output_tokens: 1_056, total_tokens: 1_076 };
    return {
      body: { created: 1, data: [{ b64_json: Buffer.from(result).toString("base64") }], output_format: "png", quality: "medium", size: "1024x1024", usage },
    };
  }

  const stub = await startStub({
    kind: ({ method }) => (method === "POST" ? "submit" : "other"),
    answer,
    throttled: () => ({ ...openAiError(429, "rate_limit_exceeded", { type: "requests" }), headers: { "retry-after-ms": "20", "retry-after": "1" } }),
  });
  return { ...stub, next: (body) => void ends.push(body) };
}

/** The fields of an edit, as JSON or as a form; of a field that comes up more than once, all. */
export async function partsOf(call: Call): Promise<Record<string, unknown>> {
  const type = call.headers["content-type"]!;
  if (type === "application/json") return call.json();
  const form = await new Response(new Uint8Array(call.body), { headers: { "content-type": type } }).formData();
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, name.endsWith("[]") ? form.getAll(name) : form.get(name)]));
}
