/** Bad requests over real HTTP: a stable code, never a 5xx, nothing written. One row, one test. */
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fromPublicId, newUuid, toPublicId } from "@cooly/contract";
import { revokeApiKey, listApiKeys } from "@cooly/engine";
import {
  accountWith,
  cookiesOf,
  count,
  keyFor,
  keyWith,
  openGround,
  openHouse,
  painting,
  sendRaw,
  signIn,
  someone,
  written,
  type Ground,
  type House,
  type Someone,
} from "./fixture.ts";

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

test("3b 10 MB in chunks: 413, the connection closed, no statement sent", async () => {
  // Whoever is known is known for a while from here on.
  await house.post("/api/auth/sign-out", {}, { origin: house.origin });
  await house.get("/v1/me", key);
  const asked = [vi.spyOn(ground.db, "maybe"), vi.spyOn(ground.db, "one")];
  const head = `POST /v1/generations HTTP/1.1\r\nhost: a\r\nauthorization: ${key["authorization"]}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 0x78), Buffer.from("\r\n")]);
  const text = await sendRaw(house.port, Buffer.concat([Buffer.from(head), ...Array<Buffer>(160).fill(chunk), Buffer.from("0\r\n\r\n")]), 4_000);
  expect(text).toMatch(/^HTTP\/1.1 413 /);
  expect(text).toMatch(/connection: close/i);
  expect(text).toContain('"payload_too_large"');
  for (const spy of asked) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
});

test("3c an announced size is refused before the body arrives, and before anybody is asked who calls", async () => {
  const asked = vi.spyOn(ground.db, "maybe");
  const text = await sendRaw(
    house.port,
    `POST /v1/generations HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ck_${"B".repeat(43)}\r\ncontent-type: application/json\r\ncontent-length: 300000\r\n\r\n{`,
    4_000,
  );
  expect(text).toMatch(/^HTTP\/1.1 413 /);
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
});

test("3d a large body to the sign-in is refused too", async () => {
  const reply = await fetch(`${house.origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: house.origin },
    body: JSON.stringify({ email: "x".repeat(1_000_000) }),
  });
  expect(reply.status).toBe(413);
});

test.each([
  ["15", "\u202eabc \u200b\u200d \u{1F469}\u200d\u{1F469}\u200d\u{1F467} e" + "\u0301".repeat(1000)],
  ["17", `<img src=x onerror=alert(1)> {{7*7}} \${7*7} =1+1 '; drop table generations; --`],
])("%s the prompt is kept byte by byte", async (_number, prompt) => {
  const reply = await create(painting({ prompt }));
  expect(reply.status).toBe(202);
  const { id, input } = (await reply.json()) as { id: string; input: { prompt: string } };
  expect(Buffer.from(input.prompt)).toEqual(Buffer.from(prompt));
  const { rows: stored } = await ground.db.pool.query<{ prompt: string }>("select input ->> 'prompt' as prompt from generations where id = $1", [
    fromPublicId("generation", id),
  ]);
  expect(Buffer.from(stored[0]!.prompt)).toEqual(Buffer.from(prompt));
});

test("33 a hundred at once with credits for ten: ten accepted, ninety refused", async () => {
  const headers = await keyWith(house, 10);
  const replies = await Promise.all(Array.from({ length: 100 }, () => house.post("/v1/generations", painting(), headers)));
  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(10);
  expect(statuses.filter((status) => status === 402)).toHaveLength(90);
});

test("35 the same Idempotency-Key with another body: 422; with the same: the same generation", async () => {
  const headers = { "idempotency-key": "row-35" };
  const first = await create(painting({ prompt: "one" }), headers);
  const again = await create(painting({ prompt: "one" }), headers);
  const other = await create(painting({ prompt: "two" }), headers);
  expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
  expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([null, "true"]);
  expect(((await again.json()) as { id: string }).id).toBe(((await first.json()) as { id: string }).id);
  expect(((await other.json()) as { code: string }).code).toBe("idempotency_key_reuse");
});

test("37e Idempotency-Key sent twice: 400", async () => {
  const body = JSON.stringify(painting());
  const text = await sendRaw(
    house.port,
    `POST /v1/generations HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: ${key["authorization"]}\r\ncontent-type: application/json\r\nidempotency-key: a\r\nidempotency-key: b\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text).toContain('"invalid_idempotency_key"');
});

test("37f Idempotency-Key with a control character: 400", async () => {
  const text = await sendRaw(house.port, `POST /v1/generations HTTP/1.1\r\nhost: a\r\nidempotency-key: a\x01b\r\ncontent-length: 2\r\n\r\n{}`);
  expect(text).toMatch(/^HTTP\/1.1 400 /);
});

test("39 every bad credential is answered with the same words", async () => {
  const { db } = ground;
  const accountId = await accountWith(ground, 1);
  const revoked = await keyFor(house, accountId);
  const expired = await keyFor(house, accountId);
  const [newest, oldest] = await listApiKeys(db, accountId);
  await revokeApiKey(db, accountId, oldest!.id);
  await db.pool.query("update api_keys set expires_at = now() - interval '1 second' where id = $1", [newest!.id]);
  const gone = await someone(house);
  const goneCookie = await signIn(house, gone);
  await db.pool.query("delete from members where account_id = $1", [gone.accountId]);
  await db.pool.query("delete from auth_users where email = $1", [gone.email]);
  const tampered = { authorization: key["authorization"]!.replace(/.$/, (last) => (last === "A" ? "B" : "A")) };
  const bodies = new Set<string>();
  for (const headers of [{}, revoked, expired, tampered, goneCookie, { authorization: "Bearer x" }] as Record<string, string>[]) {
    const reply = await house.get("/v1/me", { ...headers, "x-request-id": "same" });
    expect(reply.status).toBe(401);
    bodies.add(await reply.text());
  }
  expect(bodies.size).toBe(1);
});

test("39i a key that is revoked here stops working at once", async () => {
  const made = (await (await house.post("/v1/api-keys", { name: "short" }, page)).json()) as { id: string; key: string };
  const headers = { authorization: `Bearer ${made.key}` };
  expect((await house.get("/v1/me", headers)).status).toBe(200);
  expect((await fetch(`${house.origin}/v1/api-keys/${made.id}`, { method: "DELETE", headers: page })).status).toBe(200);
  expect((await house.get("/v1/me", headers)).status).toBe(401);
});

test("39j a session that is signed out here stops working at once", async () => {
  const headers = await signIn(house, person);
  expect((await house.get("/v1/me", headers)).status).toBe(200);
  expect((await house.post("/api/auth/sign-out", {}, headers)).status).toBe(200);
  expect((await house.get("/v1/me", headers)).status).toBe(401);
});

test("41h another account's id is not there", async () => {
  const { id } = (await (await create(painting())).json()) as { id: string };
  const stranger = await keyWith(house, 10);
  const tries = await Promise.all([
    house.get(`/v1/generations/${id}`, stranger),
    house.get(`/v1/generations/${id}/events`, stranger),
    house.post(`/v1/generations/${id}/cancel`, {}, stranger),
    fetch(`${house.origin}/v1/generations/${id}`, { method: "DELETE", headers: stranger }),
  ]);
  expect(tries.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect((await house.get(`/v1/generations/${id}`, key)).status).toBe(200);
});

test("41i /../admin does not leave the API", async () => {
  const text = await sendRaw(
    house.port,
    `GET /v1/generations/../admin HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: ${key["authorization"]}\r\n\r\n`,
  );
  expect(text).toMatch(/^HTTP\/1.1 404 /);
});

test("47 a forged X-Forwarded-For does not change who is counted; a trusted proxy's word does", async () => {
  const plain = await openHouse(ground, { settings: { rateLimitIpPerMinute: 5 } });
  const behind = await openHouse(ground, { settings: { rateLimitIpPerMinute: 5, trustedProxyHops: 1 } });
  try {
    const forged = await Promise.all(Array.from({ length: 20 }, (_, n) => plain.get("/v1/config", { "x-forwarded-for": `10.0.0.${n}` })));
    expect(forged.filter(({ status }) => status === 429)).toHaveLength(15);
    const spoofed = await Promise.all(Array.from({ length: 10 }, (_, n) => behind.get("/v1/config", { "x-forwarded-for": `10.0.0.${n}, 203.0.113.7` })));
    expect(spoofed.filter(({ status }) => status === 429)).toHaveLength(5);
    const others = await Promise.all(Array.from({ length: 10 }, (_, n) => behind.get("/v1/config", { "x-forwarded-for": `198.51.100.${n}` })));
    expect(others.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
  } finally {
    await plain.close();
    await behind.close();
  }
});

test.each([
  [
    "49a",
    "both Content-Length and Transfer-Encoding",
    "POST /v1/generations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["49b", "obs-fold", "GET /v1/config HTTP/1.1\r\nhost: a\r\nx-a: b\r\n c: d\r\n\r\n"],
  ["49c", "bare LF", "GET /v1/config HTTP/1.1\nhost: a\n\n"],
])("%s %s: 400, closed", async (_number, _what, bytes) => {
  const text = await sendRaw(house.port, bytes);
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text).toMatch(/connection: close/i);
});

test("51 a client that hangs up right after sending: a retry with the key says what became of it", async () => {
  const body = JSON.stringify(painting());
  const head = `POST /v1/generations HTTP/1.1\r\nhost: a\r\nauthorization: ${key["authorization"]}\r\ncontent-type: application/json\r\nidempotency-key: row-51\r\ncontent-length: ${body.length}\r\n\r\n`;
  await sendRaw(house.port, head + body, 1);
  const reply = await create(painting(), { "idempotency-key": "row-51" });
  expect(reply.status).toBe(202);
  const { rows: kept } = await ground.db.pool.query("select 1 from idempotency_keys where key = 'row-51'");
  expect(kept).toHaveLength(1);
});

test("53 one address and one account are limited each on their own", async () => {
  const many = await openHouse(ground, { settings: { rateLimitPerMinute: 3, trustedProxyHops: 1 } });
  try {
    const accountId = await accountWith(ground, 1);
    const keys = [await keyFor(many, accountId), await keyFor(many, accountId)];
    const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => many.get("/v1/credits", { ...keys[n % 2], "x-forwarded-for": `192.0.2.${n}` })));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(5);
    expect(Number(refused[0]!.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused[0]!.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(refused[0]!.headers.get("x-should-retry")).toBe("true");
  } finally {
    await many.close();
  }
});

test("55b Accept: application/xml elsewhere is answered in JSON", async () => {
  const reply = await house.get("/v1/me", { ...key, accept: "application/xml" });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
});

test("59 a session cookie from before the sign-in is worth nothing after it", async () => {
  const planted = "cooly.session_token=planted.planted";
  const reply = await house.post("/api/auth/sign-in/email", { email: person.email, password: person.password }, { origin: house.origin, cookie: planted });
  expect(reply.status).toBe(200);
  expect(cookiesOf(reply)).not.toContain("planted");
  expect((await house.get("/v1/me", { cookie: planted })).status).toBe(401);
  expect((await house.get("/v1/me", { cookie: cookiesOf(reply) })).status).toBe(200);
});

test("the process outlives all of it", async () => {
  const server = createServer(house.api.handler);
  server.close();
  expect((await house.get("/healthz")).status).toBe(200);
});
