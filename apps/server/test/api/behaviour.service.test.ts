/** What a client relies on beyond schemas: sessions, waiting, streams, pages, quotes, media, headers. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromPublicId, type CreditsView, type GenerationView, type LedgerEntryView, type MeView } from "@cooly/contract";
import { cookiesOf, deliver, keyWith, openGround, openHouse, painting, readEvents, signIn, someone, type Ground, type House } from "./fixture.ts";

let ground: Ground;
let house: House;

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const json = async <T>(reply: Response | Promise<Response>): Promise<T> => (await (await reply).json()) as T;
const create = (headers: Record<string, string>, members: object = {}): Promise<GenerationView> =>
  json(house.post("/v1/generations", painting({}, members), headers));
const finish = (id: string): Promise<void> => deliver(ground, fromPublicId("generation", id)!);

async function inHouse<T>(options: Parameters<typeof openHouse>[1], work: (own: House) => Promise<T>): Promise<T> {
  const own = await openHouse(ground, options);
  try {
    return await work(own);
  } finally {
    await own.close();
  }
}

const signUp = (at: House, body: object): Promise<Response> => at.post("/api/auth/sign-up/email", body, { origin: at.origin });

describe("people", () => {
  test("who signs up has an account with the free credits, once, and is no admin whatever they say", async () => {
    const email = `New.${randomUUID()}@Example.com`;
    const reply = await signUp(house, { email, password: "long enough", name: "New" });
    expect(reply.status).toBe(200);
    const headers = { cookie: cookiesOf(reply) };
    expect((await json<MeView>(house.get("/v1/me", headers))).person).toEqual({ email: email.toLowerCase(), name: "New", admin: false });
    expect((await json<CreditsView>(house.get("/v1/credits", headers))).available).toBe(100);
    const bold = await signUp(house, { email: `x${email}`, password: "long enough", name: "Bold", role: "admin" });
    const me = bold.status === 200 ? await json<MeView>(house.get("/v1/me", { cookie: cookiesOf(bold) })) : null;
    expect(me?.person?.admin ?? false).toBe(false);
    const update = await house.post("/api/auth/update-user", { role: "admin" }, { ...headers, origin: house.origin });
    expect(update.status).toBe(400);
  });

  test("a person whose account was never opened gets it with the next request", async () => {
    const person = await someone(house, { credits: 0 });
    await ground.db.pool.query("delete from members where account_id = $1", [person.accountId]);
    const headers = await signIn(house, person);
    const me = await json<MeView>(house.get("/v1/me", headers));
    expect(me.account_id).toMatch(/^acc_/);
  });

  test("short and long passwords are refused", async () => {
    for (const password of ["1234567", "x".repeat(129)]) {
      expect((await signUp(house, { email: `${randomUUID()}@example.com`, password, name: "P" })).status).toBe(400);
    }
  });

  test("a closed house takes nobody in, but the operator does", () =>
    inHouse({ settings: { signUp: false } }, async (own) => {
      const email = `${randomUUID()}@example.com`;
      expect((await signUp(own, { email, password: "long enough", name: "X" })).status).toBe(400);
      const made = await own.api.auth.createPerson({ email, password: "long enough", name: "X", admin: false });
      expect(made.created).toBe(true);
      expect((await own.api.auth.createPerson({ email, password: "another one", name: "X", admin: false })).created).toBe(false);
      expect(await signIn(own, { email, password: "long enough" })).toHaveProperty("cookie");
    }));

  test("cookies are HttpOnly and SameSite=Lax; over https they belong to this host alone", async () => {
    const person = await someone(house);
    const plain = await house.post("/api/auth/sign-in/email", { email: person.email, password: person.password }, { origin: house.origin });
    expect(plain.headers.getSetCookie()[0]).toMatch(/^cooly\.session_token=.*Path=\/.*HttpOnly.*SameSite=Lax/i);
    await inHouse({ settings: { publicUrl: "https://cooly.example" } }, async (own) => {
      const reply = await own.post("/api/auth/sign-in/email", { email: person.email, password: person.password }, { origin: "https://cooly.example" });
      const cookie = reply.headers.getSetCookie()[0]!;
      expect(cookie).toMatch(/^__Host-cooly\.session_token=/);
      expect(cookie).toMatch(/Secure/i);
      expect(cookie).not.toMatch(/Domain/i);
      expect((await own.get("/v1/me", { cookie: cookiesOf(reply) })).status).toBe(200);
    });
  });

  test("sign-ins are limited by address, before the password is looked at", () =>
    inHouse({ settings: { signInPerMinute: 3 } }, async (own) => {
      const tries = [];
      for (let n = 0; n < 5; n += 1)
        tries.push(await own.post("/api/auth/sign-in/email", { email: "a@example.com", password: "wrong wrong" }, { origin: own.origin }));
      expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
      expect(((await tries[4]!.json()) as { code: string }).code).toBe("rate_limit_exceeded");
    }));

  test("a program without a browser's headers may sign in", async () => {
    const person = await someone(house);
    const reply = await house.post("/api/auth/sign-in/email", { email: person.email, password: person.password });
    expect(reply.status).toBe(200);
  });

  test("on one's own machine localhost and 127.0.0.1 are the same page", async () => {
    const person = await someone(house);
    const { cookie } = await signIn(house, person);
    const reply = await house.post("/v1/quotes", painting(), { cookie: cookie!, origin: `http://localhost:${house.port}` });
    expect(reply.status).toBe(200);
  });

  test("an old session is prolonged by its use, in the cookie too", async () => {
    const person = await someone(house);
    const headers = await signIn(house, person);
    await ground.db.pool.query("update auth_sessions set expires_at = now() + interval '3 days', updated_at = now() - interval '4 days'");
    const reply = await house.get("/v1/me", headers);
    expect(reply.headers.getSetCookie().join()).toContain("cooly.session_token=");
  });

  test("the database's absence at the sign-in is a 503 of ours", () =>
    inHouse(
      {
        parts: {
          db: { ...ground.db, pool: Object.assign(Object.create(ground.db.pool) as object, { connect: refuse, query: refuse }) } as unknown as Ground["db"],
        },
      },
      async (own) => {
        const reply = await own.post("/api/auth/sign-in/email", { email: "a@example.com", password: "long enough" }, { origin: own.origin });
        expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([503, "unavailable"]);
      },
    ));
});

async function refuse(): Promise<never> {
  throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
}

describe("generations", () => {
  test("Prefer: wait answers with the finished one if it ends in time", async () => {
    const headers = await keyWith(house, 100);
    const waiting = house.post("/v1/generations", painting(), { ...headers, prefer: "wait=10" });
    let id: string | undefined;
    while (!id) id = (await json<{ data: GenerationView[] }>(house.get("/v1/generations", headers))).data[0]?.id;
    await finish(id);
    const reply = await waiting;
    const view = await json<GenerationView>(reply);
    expect([reply.status, reply.headers.get("preference-applied"), view.status]).toEqual([200, "wait=10", "succeeded"]);
    expect(view.outputs[0]).toMatchObject({ status: "delivered", mime: "image/png", credits: { quoted: 1, charged: 1, released: 0 } });
    expect(view.timings).toMatchObject({ provider_ms: 7, transfer_ms: 2 });
  });

  test("Prefer: wait answers 202 with what there is if it does not", async () => {
    const reply = await house.post("/v1/generations", painting(), { ...(await keyWith(house, 100)), prefer: "wait=1" });
    expect([reply.status, reply.headers.get("preference-applied"), (await json<GenerationView>(reply)).status]).toEqual([202, null, "queued"]);
  });

  test("a replay of a finished one with Prefer: wait answers at once", async () => {
    const headers = { ...(await keyWith(house, 100)), "idempotency-key": randomUUID() };
    const { id } = await create(headers);
    await finish(id);
    const reply = await house.post("/v1/generations", painting(), { ...headers, prefer: "wait=30" });
    expect([reply.status, reply.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
  });

  test("Location leads to it; defaults are filled in; the metadata is kept", async () => {
    const headers = await keyWith(house, 100);
    const reply = await house.post("/v1/generations", { model: "demo/painter", input: { prompt: "a" }, metadata: { order: "7" } }, headers);
    const view = await json<GenerationView>(house.get(reply.headers.get("location")!, headers));
    expect(view).toMatchObject({ input: { prompt: "a", size: "1024x1024", style: "auto", format: "png" }, metadata: { order: "7" }, credits: { quoted: 4 } });
  });

  test("pages: all of them, newest first, none twice, with a stranger's id as a cursor too", async () => {
    const headers = await keyWith(house, 100);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await create(headers)).id);
    const seen: string[] = [];
    let after = "";
    for (let more = true; more;) {
      const page = await json<{ data: GenerationView[]; has_more: boolean; first_id: string; last_id: string }>(
        house.get(`/v1/generations?limit=2${after}`, headers),
      );
      expect([page.first_id, page.last_id]).toEqual([page.data[0]!.id, page.data.at(-1)!.id]);
      seen.push(...page.data.map(({ id }) => id));
      after = `&after=${page.last_id}`;
      more = page.has_more;
    }
    expect(seen).toEqual(ids.toReversed());
    const stranger = await create(await keyWith(house, 100));
    expect((await json<{ data: GenerationView[] }>(house.get(`/v1/generations?after=${stranger.id}`, headers))).data).toHaveLength(5);
    expect((await json<{ data: GenerationView[] }>(house.get("/v1/generations?q=100%25_", headers))).data).toHaveLength(0);
    expect(
      (await json<{ data: GenerationView[] }>(house.get("/v1/generations?q=light%20HOUSE&status=queued&kind=image&model=demo/painter", headers))).data,
    ).toHaveLength(5);
  });

  test("402 says how much is needed and how much there is", async () => {
    const problem = await json<object>(house.post("/v1/generations", painting({}, { outputs: 3 }), await keyWith(house, 2)));
    expect(problem).toMatchObject({ code: "insufficient_credits", needed: 3, available: 2, error: { type: expect.any(String), code: "insufficient_credits" } });
  });

  test("a quote holds for its request and its account alone", async () => {
    const headers = await keyWith(house, 100);
    const quote = await json<{ token: string; credits: number; expires_at: string }>(house.post("/v1/quotes", painting({}, { outputs: 2 }), headers));
    expect(quote.credits).toBe(2);
    const codes = [];
    for (const [body, who] of [
      [painting({}, { outputs: 2, quote: quote.token }), headers],
      [painting({}, { outputs: 3, quote: quote.token }), headers],
      [painting({}, { outputs: 2, quote: quote.token }), await keyWith(house, 100)],
      [painting({}, { outputs: 2, quote: `${quote.token}x` }), headers],
    ] as const) {
      const reply = await house.post("/v1/generations", body, who);
      codes.push(reply.status === 202 ? "ok" : (await json<{ code: string }>(reply)).code);
    }
    expect(codes).toEqual(["ok", "invalid_quote", "invalid_quote", "invalid_quote"]);
  });

  test("an expired quote is no quote", async () => {
    let now = Date.now();
    await inHouse({ parts: { clock: { now: () => new Date(now) } } }, async (own) => {
      const headers = await keyWith(own, 100);
      const { token } = await json<{ token: string }>(own.post("/v1/quotes", painting(), headers));
      now += 11 * 60_000;
      expect((await json<{ code: string }>(own.post("/v1/generations", painting({}, { quote: token }), headers))).code).toBe("invalid_quote");
    });
  });

  test.each([
    ["without a key: do not retry, nobody knows", {}, "false"],
    ["with a key: retry", { "idempotency-key": "k" }, "true"],
  ])("a connection lost during the accept, %s", (_what, extra, advice) =>
    inHouse({ parts: { submit: () => Promise.reject(Object.assign(new Error("terminating connection"), { code: "57P01" })) } }, async (own) => {
      const reply = await own.post("/v1/generations", painting(), { ...(await keyWith(own, 10)), ...(extra as Record<string, string>) });
      expect([reply.status, reply.headers.get("x-should-retry")]).toEqual([503, advice]);
    }),
  );

  test("what was deleted is gone, with its links", async () => {
    const headers = await keyWith(house, 10);
    const { id } = await create(headers);
    await finish(id);
    expect((await fetch(`${house.origin}/v1/generations/${id}`, { method: "DELETE", headers })).status).toBe(200);
    expect((await house.get(`/v1/generations/${id}`, headers)).status).toBe(404);
    expect((await json<{ data: unknown[] }>(house.get("/v1/generations", headers))).data).toEqual([]);
    expect((await json<CreditsView>(house.get("/v1/credits", headers))).spent).toBe(1);
  });

  test("a cancel gives the credits back, and the ledger tells it page by page", async () => {
    const headers = await keyWith(house, 10);
    const { id } = await create(headers, { outputs: 2 });
    for (let twice = 0; twice < 2; twice += 1) {
      const reply = await house.post(`/v1/generations/${id}/cancel`, {}, headers);
      expect([reply.status, (await json<GenerationView>(reply)).status]).toEqual([202, "canceled"]);
    }
    expect(await json<CreditsView>(house.get("/v1/credits", headers))).toMatchObject({ available: 10, held: 0, spent: 0 });
    const first = await json<{ data: LedgerEntryView[]; has_more: boolean; last_id: string }>(house.get("/v1/credits/ledger?limit=2", headers));
    const second = await json<{ data: LedgerEntryView[]; has_more: boolean }>(house.get(`/v1/credits/ledger?limit=2&after=${first.last_id}`, headers));
    const entries = [...first.data, ...second.data];
    expect([first.has_more, second.has_more]).toEqual([true, false]);
    expect(entries.map(({ kind, available_change, held_change }) => [kind, available_change, held_change])).toEqual([
      ["release", 1, -1],
      ["release", 1, -1],
      ["reserve", -2, 2],
      ["grant", 10, 0],
    ]);
    expect(entries[0]!.available_after).toBe(10);
  });
});

describe("events", () => {
  test("a stream from now on: its headers, ids without a gap, the credits with them", async () => {
    const headers = await keyWith(house, 100);
    await create(headers);
    const reply = await house.get("/v1/events", headers);
    expect(Object.fromEntries(["content-type", "cache-control", "x-accel-buffering"].map((name) => [name, reply.headers.get(name)]))).toEqual({
      "content-type": expect.stringMatching(/^text\/event-stream/),
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    const { id } = await create(headers);
    await finish(id);
    const { events, text } = await readEvents(reply, (seen) => seen.some(({ event }) => event === "generation.succeeded"));
    expect(text).toMatch(/^retry: 2000\n\n/);
    expect(events.map(({ data }) => data["generation_id"]).filter(Boolean)).toEqual(expect.arrayContaining([id]));
    expect(events.map(({ event }) => event).slice(0, 3)).toEqual(["generation.queued", "credits.changed", "generation.running"]);
    expect(events.map((event) => event.id)).toEqual(events.map((_, at) => events[0]!.id + at));
  });

  test("a generation's stream: from its start, about it alone, ended by its last event; again from anywhere", async () => {
    const headers = await keyWith(house, 100);
    const { id } = await create(headers);
    await create(headers);
    await finish(id);
    const { events, ended } = await readEvents(await house.get(`/v1/generations/${id}/events`, headers));
    expect(ended).toBe(true);
    expect(events.map(({ event }) => event)).toEqual(["generation.queued", "generation.running", "generation.output", "generation.succeeded"]);
    const rest = await readEvents(await house.get(`/v1/generations/${id}/events`, { ...headers, "last-event-id": String(events[1]!.id) }));
    expect(rest.events).toEqual(events.slice(2));
    const none = await readEvents(await house.get(`/v1/generations/${id}/events?last_event_id=${events[3]!.id}`, headers));
    expect([none.events, none.ended]).toEqual([[], true]);
  });

  test("a stream goes on exactly after Last-Event-ID", async () => {
    const headers = await keyWith(house, 100);
    await create(headers);
    const whole = await readEvents(await house.get("/v1/events", { ...headers, "last-event-id": "0" }), (seen) => seen.length >= 2);
    const rest = await readEvents(await house.get("/v1/events", { ...headers, "last-event-id": "1" }), (seen) => seen.length >= whole.events.length - 1);
    expect(rest.events.map((event) => event.id)).toEqual(whole.events.map((event) => event.id).slice(1));
  });

  test("nobody hears of another account", async () => {
    const [mine, yours] = [await keyWith(house, 100), await keyWith(house, 100)];
    const reply = await house.get("/v1/events", mine);
    await create(yours);
    const { id } = await create(mine);
    const { events } = await readEvents(reply, (seen) => seen.some(({ data }) => data["generation_id"] === id));
    expect(new Set(events.map(({ data }) => data["generation_id"]).filter(Boolean))).toEqual(new Set([id]));
  });

  test("HEAD opens no stream", async () => {
    const reply = await fetch(`${house.origin}/v1/events`, { method: "HEAD", headers: await keyWith(house, 1) });
    expect([reply.status, await reply.text()]).toEqual([200, ""]);
  });

  test("a closing house says so to its listeners", async () => {
    const own = await openHouse(ground);
    const reply = await own.get("/v1/events", await keyWith(own, 1));
    const reading = readEvents(reply);
    await own.close();
    const { text, ended } = await reading;
    expect([ended, text.trimEnd().split("\n").at(-1)]).toEqual([true, expect.stringMatching(/^: /)]);
  });

  test("a client that goes makes room for the next", async () => {
    const headers = await keyWith(house, 1);
    for (let round = 0; round < 2; round += 1) {
      const open = await Promise.all(Array.from({ length: 50 }, () => house.get("/v1/events", headers)));
      expect(open.every(({ status }) => status === 200)).toBe(true);
      await Promise.all(open.map((reply) => reply.body!.cancel()));
      while ((await freeAgain(headers)) === false) await sleep(5);
    }
  });
});

async function freeAgain(headers: Record<string, string>): Promise<boolean> {
  const probe = await house.get("/v1/events", headers);
  await probe.body!.cancel();
  return probe.status === 200;
}

describe("media", () => {
  const content = Buffer.from("0123456789");
  let url: string;
  let key: string;

  beforeAll(async () => {
    const headers = await keyWith(house, 10);
    const { id } = await create(headers);
    await deliver(ground, fromPublicId("generation", id)!, content);
    const { outputs } = await json<GenerationView>(house.get(`/v1/generations/${id}`, headers));
    url = outputs[0]!.url!;
    key = decodeURIComponent(url.split("?")[0]!.replace("/media/", ""));
    const lastsMs = Date.parse(outputs[0]!.url_expires_at!) - Date.now();
    expect(lastsMs).toBeGreaterThan(30 * 60_000);
  });

  test("whole, as signed, for this reader alone, and not to be guessed at", async () => {
    const reply = await house.get(url);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(content);
    expect(
      Object.fromEntries(
        ["content-type", "accept-ranges", "content-disposition", "x-content-type-options", "cross-origin-resource-policy"].map((name) => [
          name,
          reply.headers.get(name),
        ]),
      ),
    ).toEqual({
      "content-type": "image/png",
      "accept-ranges": "bytes",
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-site",
    });
    expect(reply.headers.get("cache-control")).toMatch(/private.*immutable/);
  });

  test.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
  ])("Range %s", async (range, status, body, contentRange) => {
    const reply = await house.get(url, { range });
    expect([reply.status, await reply.text(), reply.headers.get("content-range")]).toEqual([status, body, contentRange]);
  });

  test("a range beyond the end: 416, and the size", async () => {
    const reply = await house.get(url, { range: "bytes=10-" });
    expect([reply.status, reply.headers.get("content-range"), (await json<{ code: string }>(reply)).code]).toEqual([
      416,
      "bytes */10",
      "range_not_satisfiable",
    ]);
  });

  test("HEAD", async () => {
    const reply = await fetch(house.origin + url, { method: "HEAD" });
    expect([reply.status, reply.headers.get("content-length"), await reply.text()]).toEqual([200, "10", ""]);
  });

  test("a name makes it an attachment, in any script", async () => {
    const signed = ground.store.signedUrl(key, { expiresAt: new Date(Date.now() + 60_000), mime: "image/png", filename: 'Bär "1".png' });
    const disposition = (await house.get(signed)).headers.get("content-disposition")!;
    expect(disposition).toMatch(/^attachment; /);
    expect(disposition).toContain("filename*=UTF-8''B%C3%A4r%20%221%22.png");
  });

  test("what is not signed, or no longer, is refused; what is gone is missing", async () => {
    const codes = [];
    const past = ground.store.signedUrl(key, { expiresAt: new Date(Date.now() - 2_000), mime: "image/png" });
    const gone = ground.store.signedUrl("m/none/none", { expiresAt: new Date(Date.now() + 60_000), mime: "image/png" });
    const forged = [
      url.replace("image%2Fpng", "text%2Fhtml"),
      url.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      url.split("?")[0]!,
      "/media/../../etc/passwd",
      "/media/%2e%2e%2f",
    ];
    for (const path of [...forged, past, gone]) {
      const reply = await house.get(path);
      codes.push([reply.status, (await json<{ code: string }>(reply)).code]);
    }
    const refused = [403, "invalid_signature"];
    expect(codes).toEqual([refused, refused, refused, [404, "not_found"], refused, refused, [404, "media_missing"]]);
  });
});

describe("headers", () => {
  test("an allowed origin may read with credentials, another may not", async () => {
    const allowed = await house.get("/v1/config", { origin: "https://studio.example" });
    expect([allowed.headers.get("access-control-allow-origin"), allowed.headers.get("access-control-allow-credentials")]).toEqual([
      "https://studio.example",
      "true",
    ]);
    for (const origin of ["https://studio.example.evil.com", "https://evil.example", "null"]) {
      expect((await house.get("/v1/config", { origin })).headers.get("access-control-allow-origin")).toBeNull();
    }
    const preflight = await fetch(`${house.origin}/v1/generations`, {
      method: "OPTIONS",
      headers: { origin: "https://studio.example", "access-control-request-method": "POST", "access-control-request-headers": "idempotency-key" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, expect.stringContaining("idempotency-key")]);
  });

  test("a page's defences; those of https over https alone", async () => {
    await inHouse({ studio: (_request, response) => void response.end("page") }, async (own) => {
      const page = (await own.get("/")).headers.get("content-security-policy")!;
      for (const rule of ["default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'"]) expect(page).toContain(rule);
    });
    const plain = (await house.get("/v1/config")).headers;
    const policy = plain.get("content-security-policy")!;
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "sandbox", "base-uri 'none'"]) expect(policy).toContain(rule);
    expect(policy).not.toContain("upgrade-insecure-requests");
    expect([plain.get("strict-transport-security"), plain.get("x-powered-by")]).toEqual([null, null]);
    await inHouse({ settings: { publicUrl: "https://cooly.example" } }, async (own) => {
      expect((await own.get("/v1/config")).headers.get("strict-transport-security")).toMatch(/max-age/);
    });
  });

  test("x-request-id is echoed if it is one", async () => {
    expect((await house.get("/healthz", { "x-request-id": "mine-1" })).headers.get("x-request-id")).toBe("mine-1");
    expect((await house.get("/healthz", { "x-request-id": "not one!" })).headers.get("x-request-id")).toMatch(/^req_/);
  });

  test("405 names what is allowed", async () => {
    const reply = await fetch(`${house.origin}/v1/generations`, { method: "PUT" });
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, expect.stringMatching(/GET.*POST|POST.*GET/)]);
  });

  test("limits are told before they bite", async () => {
    await inHouse({ settings: { rateLimitPerMinute: 10 } }, async (own) => {
      const { headers } = await own.get("/v1/me", await keyWith(own, 1));
      expect([headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining"), headers.get("ratelimit")]).toEqual([
        "10",
        "9",
        expect.stringMatching(/r=9;t=\d+/),
      ]);
    });
  });

  test("the log has the path and the status, and neither queries nor keys", async () => {
    const headers = await keyWith(house, 1);
    await house.get("/v1/generations?q=a-secret-prompt", headers);
    await sleep(20);
    const lines = house.lines.filter(({ event }) => event === "api.request").map((line) => JSON.stringify(line));
    expect(lines.some((line) => line.includes("/v1/generations"))).toBe(true);
    expect(lines.join("\n")).not.toMatch(/a-secret-prompt|ck_/);
  });
});

describe("the rest", () => {
  test("what no path of the API takes goes to the studio", () =>
    inHouse({ studio: (request, response) => void response.end(`studio ${request.url}`) }, async (own) => {
      expect(await (await own.get("/library?x=1")).text()).toBe("studio /library?x=1");
      expect((await own.get("/v1/nothing")).status).toBe(404);
    }));

  test("readyz is 503 while something is down, and healthz asks nobody", () =>
    inHouse({ parts: { readiness: async () => ({ database: { status: "down", detail: "no answer" } }) } }, async (own) => {
      const reply = await own.get("/readyz");
      expect([reply.status, await reply.json()]).toEqual([503, { status: "not_ready", checks: { database: { status: "down", detail: "no answer" } } }]);
      expect((await own.get("/healthz")).status).toBe(200);
    }));

  test("a model is found with its slash plain or escaped; routes are for admins", async () => {
    const admin = { email: `${randomUUID()}@example.com`, password: "long enough", name: "A", admin: true };
    await house.api.auth.createPerson(admin);
    const headers = await signIn(house, admin);
    const plain = await json<object>(house.get("/v1/models/demo/painter"));
    expect(plain).not.toHaveProperty("routes");
    expect(await json<object>(house.get("/v1/models/demo%2Fpainter", headers))).toEqual({ ...plain, routes: [{ provider: "demo", upstream_id: "painter" }] });
  });

  test("a key remembers when it was last used", async () => {
    const own = await openHouse(ground);
    const person = await someone(own);
    await own.get("/v1/me", person.bearer);
    await own.close();
    const { rows } = await ground.db.pool.query("select 1 from api_keys where account_id = $1 and last_used_at is not null", [person.accountId]);
    expect(rows).toHaveLength(1);
  });

  test("one accept costs one statement: the call", async () => {
    const headers = await keyWith(house, 100);
    await create(headers);
    // Now and then a limit is saved or the log is read meanwhile, which is not the accept's doing: the least counts.
    const costs: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const before = ground.db.statements();
      await create(headers);
      costs.push(ground.db.statements() - before);
    }
    expect(Math.min(...costs)).toBe(1);
  });
});
