/** Bad requests that take more than one step, or more than a request: the rows of the same table that are stories. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fromPublicId } from "@cooly/contract";
import { revokeApiKey, listApiKeys } from "@cooly/engine";
import {
  accountWith,
  cookiesOf,
  keyFor,
  keyWith,
  openGround,
  openHouse,
  painting,
  sendRaw,
  signIn,
  someone,
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

test("20,000 unknown parameters: the first ones are named, and no more", async () => {
  const input = { prompt: "a", ...Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`x${at}`, 1])) };
  const reply = await create({ model: "demo/painter", input });
  const body = (await reply.json()) as { code: string; errors: unknown[] };
  expect([reply.status, body.code, body.errors.length]).toEqual([400, "unsupported_parameter", 20]);
});

test("3c an announced size is refused before the body arrives, and before anybody is asked who calls", async () => {
  const asked = vi.spyOn(ground.db, "maybe");
  const text = await sendRaw(
    house.port,
    `POST /v1/generations HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ck_${"B".repeat(43)}\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n{`,
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
  expect((await house.get("/healthz")).status).toBe(200);
});
