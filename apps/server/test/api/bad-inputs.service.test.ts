/** Bad requests over real HTTP: a stable code, never a 5xx, nothing written. One row, one test. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newUuid, toPublicId } from "@cooly/contract";
import { count, keyWith, openGround, openHouse, painting, sendRaw, signIn, someone, written, type Ground, type House, type Someone } from "./fixture.ts";

let ground: Ground;
let house: House;
let person: Someone;
let key: Record<string, string>;
let page: Record<string, string>;

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
  person = await someone(house);
  key = person.bearer;
  page = await signIn(house, person);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const create = (body: unknown, headers: Record<string, string> = {}): Promise<Response> => house.post("/v1/generations", body, { ...key, ...headers });
const createText = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${house.origin}/v1/generations`, { method: "POST", headers: { "content-type": "application/json", ...key, ...headers }, body });

interface Row {
  readonly number: string;
  readonly what: string;
  readonly send: () => Promise<Response>;
  readonly status: number;
  readonly code: string;
  readonly path?: string;
}

const row = (number: string, what: string, [status, code, path]: [number, string, string?], send: () => Promise<Response>): Row => ({
  number,
  what,
  send,
  status,
  code,
  ...(path !== undefined && { path }),
});
const withInput = (number: string, input: object, expected: [number, string, string?]): Row =>
  row(number, JSON.stringify(input).slice(0, 60), expected, () => create(painting(input)));
const withList = (number: string, query: string, expected: [number, string, string?]): Row =>
  row(number, `list ${query}`, expected, () => house.get(`/v1/generations?${query}`, key));
const withKey = (number: string, what: string, authorization: string): Row =>
  row(number, what, [401, "unauthenticated"], () => house.get("/v1/me", { authorization }));
const jwt = (header: object): string => `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${Buffer.from('{"sub":"x"}').toString("base64url")}.`;

const rows: readonly Row[] = [
  row("1a", "empty body", [400, "invalid_json"], () => createText("")),
  row("1b", "only spaces", [400, "invalid_json"], () => createText("   ")),
  row("1c", "no body, no type", [400, "invalid_json"], () => fetch(`${house.origin}/v1/generations`, { method: "POST", headers: key })),
  row("2", "half of a document", [400, "invalid_json"], () => createText('{"model":')),
  row("3a", "10 MB with Content-Length", [413, "payload_too_large"], () => createText("x".repeat(10_000_000))),
  row("3d", "1 MB beside a file that explains a thousand bytes of it", [413, "payload_too_large"], () =>
    create(painting({ style: `data:image/png;base64,${"A".repeat(1_000)}`, ...Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`x${at}`, 1])) })),
  ),
  row("4", "text/plain", [415, "unsupported_media_type"], () => createText(JSON.stringify(painting()), { "content-type": "text/plain" })),
  row("4b", "compressed", [415, "unsupported_media_type"], () => createText(JSON.stringify(painting()), { "content-encoding": "gzip" })),
  row("5a", "charset=utf-16", [415, "unsupported_media_type"], () =>
    createText(JSON.stringify(painting()), { "content-type": "application/json; charset=utf-16" }),
  ),
  row("5b", "invalid UTF-8", [400, "invalid_json"], () => createText(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))),
  row("6", "an array", [400, "invalid_parameter"], () => create([painting()])),
  row("7a", "100,000 nested arrays", [400, "invalid_json"], () => createText("[".repeat(100_000) + "]".repeat(100_000))),
  row("7b", "100,000 nested objects in the input", [400, "invalid_json"], () =>
    createText(`{"model":"demo/painter","input":${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}}`),
  ),
  row("8", "unknown field", [400, "unknown_field", "/credits"], () => create(painting({}, { credits: 0 }))),
  row("9a", "__proto__ in the body", [400, "unknown_field"], () => createText('{"__proto__":{"x":1},"model":"demo/painter","input":{"prompt":"a"}}')),
  row("9b", "__proto__ in the input", [400, "unsupported_parameter"], () => createText('{"model":"demo/painter","input":{"prompt":"a","__proto__":{"x":1}}}')),
  row("9c", "constructor.prototype in the body", [400, "unknown_field"], () =>
    createText('{"constructor":{"prototype":{"x":1}},"model":"demo/painter","input":{"prompt":"a"}}'),
  ),
  row("9d", "constructor.prototype in the input", [400, "unsupported_parameter", "/input/constructor"], () =>
    createText('{"model":"demo/painter","input":{"prompt":"a","constructor":{"prototype":{"x":1}}}}'),
  ),
  row("9e", "__proto__ in the metadata", [400, "unknown_field"], () =>
    createText('{"model":"demo/painter","input":{"prompt":"a"},"metadata":{"__proto__":"x"}}'),
  ),
  row("11a", "no prompt", [400, "prompt_required", "/input/prompt"], () => create({ model: "demo/painter", input: {} })),
  withInput("11b", { prompt: "" }, [400, "prompt_required", "/input/prompt"]),
  withInput("11c", { prompt: " \t\n " }, [400, "prompt_required", "/input/prompt"]),
  withInput("11d", { prompt: null }, [400, "invalid_parameter", "/input/prompt"]),
  withInput("11e", { prompt: 5 }, [400, "invalid_parameter", "/input/prompt"]),
  withInput("12", { prompt: "x".repeat(2001) }, [400, "prompt_too_long", "/input/prompt"]),
  withInput("13a", { prompt: "a\u0000b" }, [400, "invalid_parameter", "/input/prompt"]),
  row("13b", "half of a surrogate pair", [400, "invalid_parameter", "/input/prompt"], () =>
    createText('{"model":"demo/painter","input":{"prompt":"a\\ud800"}}'),
  ),
  row("13c", "NUL in the metadata", [400, "invalid_parameter", "/metadata/note"], () => create(painting({}, { metadata: { note: "\u0000" } }))),
  row("13d", "NUL in a name of the metadata", [400, "invalid_parameter"], () => create(painting({}, { metadata: { "a\u0000": "x" } }))),
  withList("13e", "q=%00", [400, "invalid_parameter", "q"]),
  withList("13f", "model=%00", [400, "invalid_parameter", "model"]),
  row("18", "unknown model", [400, "unknown_model"], () => create({ ...painting(), model: "demo/nobody" })),
  row("19a", "outputs 1e9", [400, "out_of_range", "/outputs"], () => create(painting({}, { outputs: 1e9 }))),
  row("19b", "outputs 9007199254740993", [400, "out_of_range", "/outputs"], () =>
    createText('{"model":"demo/painter","input":{"prompt":"a"},"outputs":9007199254740993}'),
  ),
  row("19c", "outputs 1e999", [400, "out_of_range", "/outputs"], () => createText('{"model":"demo/painter","input":{"prompt":"a"},"outputs":1e999}')),
  row("19d", "outputs 0", [400, "out_of_range", "/outputs"], () => create(painting({}, { outputs: 0 }))),
  row("19e", "outputs -1", [400, "out_of_range", "/outputs"], () => create(painting({}, { outputs: -1 }))),
  row("19f", "outputs 17 of at most 16", [400, "out_of_range", "/outputs"], () => create(painting({}, { outputs: 17 }))),
  row("19g", 'outputs "1"', [400, "invalid_parameter", "/outputs"], () => create(painting({}, { outputs: "1" }))),
  row("19h", "outputs 1.5", [400, "invalid_parameter", "/outputs"], () => create(painting({}, { outputs: 1.5 }))),
  row("19i", "outputs 1e9 in a quote", [400, "out_of_range", "/outputs"], () => house.post("/v1/quotes", painting({}, { outputs: 1e9 }), key)),
  ...["99999x99999", "0x0", "-1x1", "1024X1024 ", "640x480", ""].map((size, at) =>
    withInput(`21${"abcdef"[at]}`, { size }, [400, "invalid_parameter", "/input/size"]),
  ),
  withInput("22", { width: 512 }, [400, "unsupported_parameter", "/input/width"]),
  row("23a", "seed 2^63", [400, "out_of_range", "/input/seed"], () => createText('{"model":"demo/painter","input":{"prompt":"a","seed":9223372036854775808}}')),
  withInput("23b", { seed: -1 }, [400, "out_of_range", "/input/seed"]),
  withInput("23c", { seed: 1.5 }, [400, "invalid_parameter", "/input/seed"]),
  withInput("23d", { seed: "1" }, [400, "invalid_parameter", "/input/seed"]),
  row("24", "metadata of 17 members", [400, "invalid_parameter", "/metadata"], () =>
    create(painting({}, { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, "v"])) })),
  ),
  row("31", "too few credits", [402, "insufficient_credits"], async () => house.post("/v1/generations", painting(), await keyWith(house, 0))),
  ...(
    [
      ["empty", ""],
      ["of 256", "k".repeat(256)],
      ["not ASCII", "\u00e9"],
      ["of spaces", "   "],
    ] as const
  ).map(([what, value], at) =>
    row(`37${"abcd"[at]}`, `Idempotency-Key ${what}`, [400, "invalid_idempotency_key"], () => create(painting(), { "idempotency-key": value })),
  ),
  withKey("39b", "a key of nobody", `Bearer ck_${"A".repeat(43)}`),
  withKey("39c", "a word", "Bearer x"),
  withKey("39d", "alg:none", `Bearer ${jwt({ alg: "none" })}`),
  withKey("39e", "another scheme", "Basic dXNlcjpwYXNz"),
  withKey("39f", "an empty bearer", "Bearer "),
  row("39g", "an invented session", [401, "unauthenticated"], () => house.get("/v1/me", { cookie: "cooly.session_token=abc.def" })),
  row("39h", "no credential", [401, "unauthenticated"], () => house.get("/v1/me")),
  row("41a", "not a UUID", [404, "not_found"], () => house.get("/v1/generations/not-a-uuid", key)),
  row("41b", "%00", [404, "not_found"], () => house.get("/v1/generations/%00", key)),
  row("41c", "not decodable", [404, "not_found"], () => house.get("/v1/generations/%zz", key)),
  row("41d", "a path of 10 KB", [414, "uri_too_long"], () => house.get(`/v1/generations/${"a".repeat(10_000)}`, key)),
  row("41e", "%2e%2e%2fadmin", [404, "not_found"], () => house.get("/v1/generations/%2e%2e%2fadmin", key)),
  row("41f", "a well-formed id of nobody", [404, "not_found"], () => house.get(`/v1/generations/${toPublicId("generation", newUuid())}`, key)),
  row("41g", "a path that is not there", [404, "not_found"], () => house.get("/v1/nothing", key)),
  row("42a", "PUT", [405, "method_not_allowed"], () => fetch(`${house.origin}/v1/generations`, { method: "PUT", headers: key })),
  row("42b", "TRACE-like words", [405, "method_not_allowed"], () => fetch(`${house.origin}/v1/generations/x`, { method: "PATCH", headers: key })),
  withList("43a", "limit=0", [400, "out_of_range", "limit"]),
  withList("43b", "limit=-1", [400, "out_of_range", "limit"]),
  withList("43c", "limit=1e9", [400, "out_of_range", "limit"]),
  withList("43d", "limit=abc", [400, "invalid_parameter", "limit"]),
  withList("43e", "limit=1&limit=2", [400, "invalid_parameter", "limit"]),
  withList("43f", "limit[a]=1", [400, "invalid_parameter"]),
  withList("43g", "limit=1.5", [400, "invalid_parameter", "limit"]),
  withList("43h", "before=x", [400, "unknown_field", "before"]),
  withList("43i", "__proto__=1", [400, "unknown_field", "__proto__"]),
  withList("43j", "after=gen_zzz", [400, "invalid_cursor", "after"]),
  withList("43k", "status=done", [400, "invalid_parameter", "status"]),
  row("45a", "a page of another origin", [403, "cross_site_request"], () =>
    house.post("/v1/generations", painting(), { ...page, origin: "https://evil.example" }),
  ),
  row("45b", "Sec-Fetch-Site: cross-site", [403, "cross_site_request"], () =>
    raw("POST", "/v1/generations", { cookie: page["cookie"]!, "sec-fetch-site": "cross-site" }),
  ),
  row("45c", "text/plain from elsewhere", [403, "cross_site_request"], () => createAs("text/plain", { ...page, origin: "https://evil.example" })),
  row("45d", "Origin: null", [403, "cross_site_request"], () => raw("POST", "/v1/generations", { cookie: page["cookie"]!, origin: "null" })),
  row("45e", "neither header", [403, "cross_site_request"], () => raw("POST", "/v1/generations", { cookie: page["cookie"]! })),
  row("45f", "a deletion from elsewhere", [403, "cross_site_request"], () =>
    raw("DELETE", "/v1/api-keys/x", { cookie: page["cookie"]!, origin: "https://evil.example" }),
  ),
  row("45g", "a sign-in from elsewhere", [403, "cross_site_request"], () => raw("POST", "/api/auth/sign-in/email", { origin: "https://evil.example" })),
  row("55", "Accept: application/xml on a stream", [406, "not_acceptable"], () => house.get("/v1/events", { ...key, accept: "application/xml" })),
  row("56", "Last-Event-ID -1", [400, "invalid_parameter"], () => house.get("/v1/events", { ...key, "last-event-id": "-1" })),
  row("56b", "Last-Event-ID abc", [400, "invalid_parameter"], () => house.get("/v1/events?last_event_id=abc", key)),
];

const createAs = (type: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${house.origin}/v1/generations`, { method: "POST", headers: { ...headers, "content-type": type }, body: JSON.stringify(painting()) });

// fetch adds Sec-Fetch headers of its own to some requests; these are sent as written.
async function raw(method: string, path: string, headers: Record<string, string>): Promise<Response> {
  const body = method === "POST" ? JSON.stringify(painting()) : "";
  const lines = Object.entries({
    host: `127.0.0.1:${house.port}`,
    connection: "close",
    "content-type": "application/json",
    "content-length": String(body.length),
    ...headers,
  });
  const text = await sendRaw(house.port, `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${body}`);
  const [head, ...rest] = text.split("\r\n\r\n");
  const type = /content-type: (.*)/i.exec(head!)?.[1] ?? "";
  const content = rest.join("\r\n\r\n");
  return new Response(content.slice(content.indexOf("{"), content.lastIndexOf("}") + 1), {
    status: Number(head!.split(" ")[1]),
    headers: { "content-type": type, "x-request-id": /x-request-id: (.*)/i.exec(head!)?.[1] ?? "" },
  });
}

test.each(rows)("$number $what: $status $code", async ({ send, status, code, path }) => {
  const before = await count(ground, written);
  const reply = await send();
  const text = await reply.text();
  expect({ status: reply.status, text }).toMatchObject({ status });
  expect(reply.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text) as { code: string; request_id: string; errors?: { path: string }[]; error: { code: string } };
  expect(problem).toMatchObject({ code, status, error: { code } });
  expect(problem.request_id).toBe(reply.headers.get("x-request-id"));
  if (path !== undefined) expect(problem.errors?.map((error) => error.path)).toContain(path);
  expect(text).not.toMatch(/node_modules|at .*\.ts|postgres|select /i);
  const after = await count(ground, written);
  // Rows of this table may make the accounts and keys that they need, and nothing else.
  expect({ ...after, api_keys: 0, transfers: 0 }).toEqual({ ...before, api_keys: 0, transfers: 0 });
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test("the process outlives all of it", async () => {
  expect((await house.get("/healthz")).status).toBe(200);
});
