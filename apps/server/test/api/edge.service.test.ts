/** Requests that are no requests, and what the sign-in library must never see: a problem body each, never a 5xx. */
import { gzipSync } from "node:zlib";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "@cooly/contract";
import { count, openGround, openHouse, painting, sendRaw, signIn, someone, written, type Ground, type House } from "./fixture.ts";

let ground: Ground;
let house: House;
let key: Record<string, string>;
let page: Record<string, string>;
let email: string;

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground, { studio: (_request, response) => void response.end("the studio") });
  const person = await someone(house);
  email = person.email;
  key = person.bearer;
  page = await signIn(house, person);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const auth = (): string => `authorization: ${key["authorization"]}\r\n`;
const json = "content-type: application/json\r\n";

const crooked: readonly (readonly [string, string, number, string])[] = [
  ["no HTTP at all", "hello\r\n\r\n", 400, "malformed_request"],
  ["an unknown method", "FOO /v1/me HTTP/1.1\r\nhost: a\r\n\r\n", 400, "malformed_request"],
  ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request"],
  ["no host", "GET /v1/config HTTP/1.1\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
  ["two hosts", "GET /v1/config HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
  ["an asterisk", "GET * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
  ["an absolute target that is none", "GET http://[bad/v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
  ["an absolute target with a port that is none", "GET http://a:b/v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
  ["a tunnel", "CONNECT a.example:443 HTTP/1.1\r\nhost: a\r\n\r\n", 400, "malformed_request"],
  ["a negative length", `POST /v1/quotes HTTP/1.1\r\nhost: a\r\n${json}content-length: -1\r\n\r\n{}`, 400, "malformed_request"],
  ["a length that is no number", `POST /v1/quotes HTTP/1.1\r\nhost: a\r\n${json}content-length: 1e3\r\n\r\n{}`, 400, "malformed_request"],
  ["a header split in two", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-request-id: a\rb\r\n\r\n", 400, "malformed_request"],
  ["a NUL in a header", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-a: \0\r\n\r\n", 400, "malformed_request"],
  ["headers of 40 KB", `GET /healthz HTTP/1.1\r\nhost: a\r\nx-a: ${"a".repeat(40_000)}\r\n\r\n`, 431, "headers_too_large"],
  ["a path of 10 KB", `GET /${"a".repeat(10_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`, 414, "uri_too_long"],
  ["TRACE", "TRACE /v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 405, "method_not_allowed"],
];

test.each(crooked)("%s", async (_what, bytes, status, code) => {
  const text = await sendRaw(house.port, bytes);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(head).toMatch(/x-content-type-options: nosniff/i);
  const problem = Problem.parse(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)));
  expect(problem).toMatchObject({ status, code, error: { code } });
  expect(head).toContain(problem.request_id);
});

test("an absolute target is read as its path, whatever its host", async () => {
  const text = await sendRaw(house.port, `GET http://evil.example/v1/me?x=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${auth()}\r\n`);
  expect(text).toMatch(/^HTTP\/1.1 200 /);
  expect(text).toContain('"object":"me"');
});

test.each([
  ["a wish to upgrade", "connection: upgrade, close\r\nupgrade: websocket\r\n"],
  ["an expectation", "connection: close\r\nexpect: something\r\n"],
])("%s is no reason not to answer", async (_what, headers) => {
  expect(await sendRaw(house.port, `GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
});

test("HTTP/1.0 is answered, and a stream of it ends by closing", async () => {
  expect(await sendRaw(house.port, `GET /v1/me HTTP/1.0\r\n${auth()}\r\n`)).toMatch(/200 OK/);
  const { id } = (await (await house.post("/v1/generations", painting(), key)).json()) as { id: string };
  await house.post(`/v1/generations/${id}/cancel`, {}, key);
  const startedMs = performance.now();
  const text = await sendRaw(house.port, `GET /v1/generations/${id}/events HTTP/1.0\r\n${auth()}\r\n`, 10_000);
  expect(text).toContain("event: generation.canceled");
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test("every answer has the defences: preflights, refusals and what is too long", async () => {
  const replies = await Promise.all([
    fetch(`${house.origin}/v1/me`, { method: "OPTIONS", headers: { origin: "https://evil.example", "access-control-request-method": "GET" } }),
    house.get("/v1/nothing"),
    house.get(`/${"a".repeat(10_000)}`),
    house.get("/media/x"),
    house.get("/v1/me"),
    house.get("/"),
    house.get("/docs"),
  ]);
  for (const { headers, url } of replies) {
    expect(headers.get("x-content-type-options"), url).toBe("nosniff");
    expect(headers.get("content-security-policy"), url).toContain("frame-ancestors 'none'");
    expect(headers.get("referrer-policy"), url).toBe("no-referrer");
    expect(headers.get("cross-origin-resource-policy"), url).toBe("same-site");
    expect(headers.get("x-request-id"), url).toBeTruthy();
  }
});

test("OPTIONS tells what there is; so does a 405, with HEAD", async () => {
  const options = await fetch(`${house.origin}/v1/generations`, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, GET, HEAD, OPTIONS"]);
  const wrong = await fetch(`${house.origin}/v1/generations/x`, { method: "PUT" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE, OPTIONS"]);
});

const quote = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${house.origin}/v1/quotes`, { method: "POST", headers: { ...key, "content-type": "application/json", ...headers }, body });
const good = JSON.stringify(painting());

test.each([
  ["two members of one name", '{"model":"a/b","model":"demo/painter","input":{"prompt":"a"}}', {}, 400, "invalid_json"],
  ["two of one name, one of them escaped", '{"model":"demo/painter","input":{"prompt":"a","pro\\u006dpt":"b"}}', {}, 400, "invalid_json"],
  ["two of one name, deep inside", '{"model":"demo/painter","input":{"prompt":"a","x":[{"a":1,"a":2}]}}', {}, 400, "invalid_json"],
  ["gzip", gzipSync(good), { "content-encoding": "gzip" }, 415, "unsupported_media_type"],
  ["a body that says gzip and is none", good, { "content-encoding": "gzip, identity" }, 415, "unsupported_media_type"],
  ["a form", "model=demo/painter", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
  ["a number of 100,000 digits", `{"model":"demo/painter","input":{"prompt":"a","seed":${"9".repeat(100_000)}}}`, {}, 400, "out_of_range"],
  ["null", "null", {}, 400, "invalid_parameter"],
  ["a word", '"a"', {}, 400, "invalid_parameter"],
] as const)("a body: %s", async (_what, body, headers, status, code) => {
  const reply = await quote(typeof body === "string" ? body : new Uint8Array(body), headers);
  expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([status, code]);
});

test.each([
  ["of colons and braces in strings", '{"model":"demo/painter","input":{"prompt":"a: {\\"b\\": [1]}"}}', {}],
  ["of the same name in different objects", '{"model":"demo/painter","input":{"prompt":"model"}}', {}],
  ["of a byte order mark", `\uFEFF${good}`, {}],
  ["of no encoding", good, { "content-encoding": "identity" }],
  ["of a charset in quotes", good, { "content-type": 'application/json; charset="UTF-8"' }],
])("a body %s is fine", async (_what, body, headers) => {
  expect((await quote(body, headers as Record<string, string>)).status).toBe(200);
});

const signUp = (members: object): Promise<Response> =>
  house.post("/api/auth/sign-up/email", { email: `${randomUUID()}@example.com`, password: "long enough", name: "N", ...members }, { origin: house.origin });
const act = (path: string, body: unknown): Promise<Response> => house.post(`/api/auth${path}`, body, page);

const people: readonly (readonly [string, () => Promise<Response>, number, string])[] = [
  ["a NUL in a name", () => signUp({ name: "a\u0000" }), 400, "invalid_parameter"],
  ["half of a surrogate pair in a name", () => signUp({ name: "\ud800" }), 400, "invalid_parameter"],
  ["a name of 101 characters", () => signUp({ name: "x".repeat(101) }), 400, "invalid_parameter"],
  ["no name", () => signUp({ name: undefined }), 400, "invalid_parameter"],
  ["an address of 5,000 characters", () => signUp({ email: `${"x".repeat(5_000)}@example.com` }), 400, "invalid_email"],
  ["an address that is none", () => signUp({ email: "nobody" }), 400, "invalid_email"],
  ["an address that is an object", () => signUp({ email: { $ne: "" } }), 400, "invalid_parameter"],
  ["an address that is taken, in capitals", () => signUp({ email: email.toUpperCase() }), 422, "email_taken"],
  ["a password of seven", () => signUp({ password: "1234567" }), 400, "password_too_short"],
  ["a password of 129", () => signUp({ password: "x".repeat(129) }), 400, "password_too_long"],
  ["a picture that is a script", () => signUp({ image: "javascript:alert(1)" }), 400, "unknown_field"],
  ["a way back to another site", () => signUp({ callbackURL: "https://evil.example" }), 400, "unknown_field"],
  ["a wrong password", () => act("/sign-in/email", { email, password: "wrong wrong" }), 401, "invalid_credentials"],
  ["an array", () => act("/sign-in/email", []), 400, "invalid_parameter"],
  ["another name with a NUL", () => act("/update-user", { name: "\u0000" }), 400, "invalid_parameter"],
  ["a role", () => act("/update-user", { role: "admin" }), 400, "unknown_field"],
  ["a session token with a NUL", () => act("/revoke-session", { token: "\u0000" }), 400, "invalid_parameter"],
  ["a wrong current password", () => act("/change-password", { currentPassword: "wrong wrong", newPassword: "long enough" }), 400, "invalid_password"],
  [
    "half a document",
    () => fetch(`${house.origin}/api/auth/sign-in/email`, { method: "POST", headers: { ...page, "content-type": "application/json" }, body: "{" }),
    400,
    "invalid_json",
  ],
  [
    "a form",
    () => fetch(`${house.origin}/api/auth/sign-in/email`, { method: "POST", headers: page, body: new URLSearchParams({ email }) }),
    415,
    "unsupported_media_type",
  ],
  ["another method", () => fetch(`${house.origin}/api/auth/sign-in/email`), 405, "method_not_allowed"],
  ...[
    "/ok",
    "/error?error=x",
    "/nothing",
    "/delete-user",
    "/list-accounts",
    "/verify-email?token=x",
    "/callback/google",
    "/%zz",
    "/__proto__",
    "/constructor",
  ].map((path) => [`what is not open: ${path}`, () => house.get(`/api/auth${path}`, page), 404, "not_found"] as const),
];

test.each(people)("at the door: %s", async (_what, send, status, code) => {
  const before = await count(ground, [...written, "auth_users"]);
  const reply = await send();
  expect(reply.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const problem = Problem.parse(await reply.json());
  expect([reply.status, problem.code]).toEqual([status, code]);
  expect(await count(ground, [...written, "auth_users"])).toEqual(before);
});

test("an address is the same in capitals", async () => {
  const person = await someone(house);
  expect(await signIn(house, { ...person, email: person.email.toUpperCase() })).toHaveProperty("cookie");
});

test("who guesses one person's password from many addresses is stopped too", async () => {
  const own = await openHouse(ground, { settings: { signInPerMinute: 3, trustedProxyHops: 1 } });
  try {
    const tries = [];
    for (let n = 0; n < 5; n += 1) {
      const headers = { origin: own.origin, "x-forwarded-for": `203.0.113.${n}` };
      tries.push((await own.post("/api/auth/sign-in/email", { email: n % 2 ? email : email.toUpperCase(), password: "wrong wrong" }, headers)).status);
    }
    expect(tries).toEqual([401, 401, 401, 429, 429]);
  } finally {
    await own.close();
  }
});
