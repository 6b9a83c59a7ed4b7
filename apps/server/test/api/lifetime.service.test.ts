/** What ends when: streams with their session, waiting with the process, links with their generation; what a retry is told. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { createEventHub, grant } from "@cooly/engine";
import {
  accountWith,
  deliver,
  silent,
  keyFor,
  keyWith,
  openGround,
  openHouse,
  painting,
  readEvents,
  signIn,
  someone,
  uuidOf,
  type Ground,
  type House,
} from "./fixture.ts";

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

type Headers = Record<string, string>;
const json = async <T>(reply: Response | Promise<Response>): Promise<T> => (await (await reply).json()) as T;
const create = (headers: Headers, members: object = {}): Promise<GenerationView> => json(house.post("/v1/generations", painting({}, members), headers));
const remove = (path: string, headers: Headers): Promise<Response> => fetch(house.origin + path, { method: "DELETE", headers });

describe("a stream ends with what opened it", () => {
  async function endedWithin(ms: number, headers: Headers, end: () => Promise<unknown>): Promise<void> {
    const reply = await house.get("/v1/events", headers);
    expect(reply.status).toBe(200);
    const reading = readEvents(reply);
    await end();
    const startedMs = performance.now();
    const { ended, text } = await reading;
    expect([ended, text.trimEnd().split("\n").at(-1)]).toEqual([true, ": signed out"]);
    expect(performance.now() - startedMs).toBeLessThan(ms);
    expect((await house.get("/v1/me", headers)).status).toBe(401);
  }

  test("a session that is signed out", async () => {
    const page = await signIn(house, await someone(house));
    await endedWithin(1_000, page, () => house.post("/api/auth/sign-out", {}, page));
  });

  test("a key that is revoked", async () => {
    const page = await signIn(house, await someone(house));
    const { id, key } = await json<{ id: string; key: string }>(house.post("/v1/api-keys", { name: "k" }, page));
    await endedWithin(1_000, { authorization: `Bearer ${key}` }, () => remove(`/v1/api-keys/${id}`, page));
  });

  test("a key that is revoked in another process, and a person who is deleted: in seconds; nobody else's", async () => {
    const other = await openHouse(ground);
    const [holder, gone] = [await someone(house), await someone(house)];
    const untouched = await keyWith(house, 1);
    const kept = await house.get("/v1/events", untouched);
    const { id, key } = await json<{ id: string; key: string }>(house.post("/v1/api-keys", { name: "k" }, await signIn(house, holder)));
    const elsewhere = await signIn(other, holder);
    await Promise.all([
      endedWithin(6_000, { authorization: `Bearer ${key}` }, () => fetch(`${other.origin}/v1/api-keys/${id}`, { method: "DELETE", headers: elsewhere })),
      endedWithin(6_000, await signIn(house, gone), () => ground.db.pool.query("delete from auth_users where email = $1", [gone.email])),
    ]);
    const still = readEvents(kept, (seen) => seen.length > 0);
    await other.close();
    await create(untouched);
    expect((await still).ended).toBe(false);
  });
});

describe("events", () => {
  test("a replay under many commits has no gap and nothing twice", async () => {
    const headers = await keyWith(house, 1_000);
    const first = await create(headers);
    const busy = Promise.all(Array.from({ length: 30 }, () => create(headers)));
    const replies = await Promise.all(Array.from({ length: 5 }, (_, n) => house.get("/v1/events", { ...headers, "last-event-id": String(n % 2) })));
    await busy;
    await house.post(`/v1/generations/${first.id}/cancel`, {}, headers);
    for (const [n, reply] of replies.entries()) {
      const { events } = await readEvents(reply, (seen) => seen.some(({ event }) => event === "generation.canceled"));
      expect(events.map(({ id }) => id)).toEqual(events.map((_event, at) => (n % 2) + 1 + at));
    }
  });

  test("who asks for the past while the log is being read for others gets all of it", async () => {
    const accountId = await accountWith(ground, 100);
    const headers = await keyFor(house, accountId);
    await create(headers);
    const gate = Promise.withResolvers<void>();
    const db: Ground["db"] = {
      ...ground.db,
      rows: async (statement, values) => {
        if (statement.name === "events.read_after") await gate.promise;
        return ground.db.rows(statement, values);
      },
    };
    const hub = createEventHub({ db, doorbell: ground.doorbell, log: silent });
    const seen: number[] = [];
    await hub.subscribe({ accountId, after: null, onEvents: () => undefined });
    await create(headers);
    await hub.subscribe({ accountId, after: 0, onEvents: (events) => void seen.push(...events.map(({ seq }) => seq)) });
    gate.resolve();
    await expect.poll(() => seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(seen.map((_seq, at) => at + 1));
    await hub.close();
  });

  test("an id that was never given out means from now on, and two tabs hear the same", async () => {
    const headers = await keyWith(house, 100);
    const tabs = await Promise.all([
      house.get("/v1/events", { ...headers, "last-event-id": "999999999" }),
      house.get("/v1/events?last_event_id=999999999", headers),
    ]);
    const { id } = await create(headers);
    const heard = await Promise.all(tabs.map((tab) => readEvents(tab, (seen) => seen.some(({ event }) => event === "generation.queued"))));
    for (const { events } of heard) expect(events.some(({ data }) => data["generation_id"] === id)).toBe(true);
    expect(heard[0]!.events).toEqual(heard[1]!.events);
  });

  test("the type that is asked for may be in capitals", async () => {
    const reply = await house.get("/v1/events", { ...(await keyWith(house, 1)), accept: "Text/Event-Stream" });
    expect(reply.status).toBe(200);
    await reply.body!.cancel();
  });
});

describe("waiting", () => {
  test.each(["wait=0", "wait=abc", "wait=-1", "await=5", "respond-async", ""])("Prefer: %s does not", async (prefer) => {
    const startedMs = performance.now();
    const reply = await house.post("/v1/generations", painting(), { ...(await keyWith(house, 10)), prefer });
    expect([reply.status, reply.headers.get("preference-applied")]).toEqual([202, null]);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test.each([
    ["wait", "wait=60"],
    ["respond-async, wait=20", "wait=20"],
    ['Wait="9"', "wait=9"],
    ["wait=86400", "wait=60"],
  ])("Prefer: %s does", async (prefer, applied) => {
    const headers = await keyWith(house, 10);
    const waiting = house.post("/v1/generations", painting(), { ...headers, prefer });
    let id: string | undefined;
    while (!id) id = (await json<{ data: GenerationView[] }>(house.get("/v1/generations", headers))).data[0]?.id;
    await deliver(ground, uuidOf(id));
    const reply = await waiting;
    expect([reply.status, reply.headers.get("preference-applied")]).toEqual([200, applied]);
  });

  test("a process that stops answers those who wait, and a client that goes is let go", async () => {
    const own = await openHouse(ground);
    const headers = { ...(await keyWith(own, 10)), prefer: "wait=60" };
    const leaving = new AbortController();
    const gone = fetch(`${own.origin}/v1/generations`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(painting()),
      signal: leaving.signal,
    }).catch(() => "gone");
    const waiting = own.post("/v1/generations", painting(), headers);
    while ((await json<{ data: unknown[] }>(own.get("/v1/generations", headers))).data.length < 2) await sleep(20);
    leaving.abort();
    expect(await gone).toBe("gone");
    const startedMs = performance.now();
    await own.api.close();
    const reply = await waiting;
    expect([reply.status, (await json<GenerationView>(reply)).status]).toEqual([202, "queued"]);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await own.close();
  });
});

describe("a retry", () => {
  test("is answered as before though its quote has expired and its price has risen", async () => {
    let now = Date.now();
    const own = await openHouse(ground, { parts: { clock: { now: () => new Date(now) } } });
    try {
      const headers = { ...(await keyWith(own, 100)), "idempotency-key": randomUUID() };
      const { token } = await json<{ token: string }>(own.post("/v1/quotes", painting(), headers));
      const first = await own.post("/v1/generations", painting({}, { quote: token }), headers);
      now += 3_600_000;
      own.prices.credits = 9;
      const again = await own.post("/v1/generations", painting({}, { quote: token }), headers);
      expect([first.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([202, 202, "true"]);
      expect(again.headers.get("location")).toBe(first.headers.get("location"));
      const other = await own.post("/v1/generations", painting({ prompt: "another" }, { quote: token }), headers);
      expect((await json<{ code: string }>(other)).code).toBe("invalid_quote");
      expect((await own.post("/v1/generations", painting({}, { quote: `${token}.x` }), await keyWith(own, 100))).status).toBe(400);
    } finally {
      await own.close();
    }
  });

  test("after a 402 succeeds once there are credits", async () => {
    const accountId = await accountWith(ground, 0);
    const headers = { ...(await keyFor(house, accountId)), "idempotency-key": "poor at first" };
    expect((await house.post("/v1/generations", painting(), headers)).status).toBe(402);
    await grant(ground.db, { accountId, source: "grant", businessKey: randomUUID(), credits: 5, expiresAt: null, reason: null });
    const reply = await house.post("/v1/generations", painting(), headers);
    expect([reply.status, reply.headers.get("idempotent-replayed")]).toEqual([202, null]);
  });

  test("a hundred at once: one generation, one of the answers the first", async () => {
    const headers = { ...(await keyWith(house, 100)), "idempotency-key": "a".repeat(255) };
    const replies = await Promise.all(Array.from({ length: 100 }, () => house.post("/v1/generations", painting(), headers)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(replies.map((reply) => reply.headers.get("location"))).size).toBe(1);
    expect(replies.filter((reply) => reply.headers.get("idempotent-replayed") === null)).toHaveLength(1);
  });

  test("without a key nobody is told to try again once it was accepted", async () => {
    let reads = 0;
    const db: Ground["db"] = {
      ...ground.db,
      maybe: async (statement, values) => {
        if (statement.name === "generations.find" && (reads += 1) > 0) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        return ground.db.maybe(statement, values);
      },
    };
    const own = await openHouse(ground, { parts: { db } });
    const headers = await keyWith(own, 10);
    const advice = [];
    for (const extra of [{}, { "idempotency-key": "k" }] as Headers[]) {
      // The answer of who waits is read from the database.
      const reply = await own.post("/v1/generations", painting(), { ...headers, ...extra, prefer: "wait=1" });
      advice.push([reply.status, reply.headers.get("x-should-retry")]);
    }
    await own.close();
    expect(advice).toEqual([
      [503, "false"],
      [503, "true"],
    ]);
  });
});

describe("media", () => {
  async function finished(): Promise<{ headers: Headers; view: GenerationView; url: string }> {
    const headers = await keyWith(house, 10);
    const { id } = await create(headers);
    await deliver(ground, uuidOf(id), Buffer.from("0123456789"));
    const view = await json<GenerationView>(house.get(`/v1/generations/${id}`, headers));
    return { headers, view, url: view.outputs[0]!.url! };
  }

  test("deleted with its generation at once, and only once; the ledger stays, without the prompt", async () => {
    const { headers, view, url } = await finished();
    expect((await house.get(url)).status).toBe(200);
    expect((await remove(`/v1/generations/${view.id}`, headers)).status).toBe(200);
    const after = await house.get(url);
    expect([after.status, (await json<{ code: string }>(after)).code]).toEqual([404, "media_missing"]);
    expect((await remove(`/v1/generations/${view.id}`, headers)).status).toBe(404);
    expect((await house.post(`/v1/generations/${view.id}/cancel`, {}, headers)).status).toBe(404);
    const ledger = await (await house.get("/v1/credits/ledger", headers)).text();
    expect((JSON.parse(ledger) as { data: { generation_id: string | null }[] }).data.filter(({ generation_id }) => generation_id === view.id)).toHaveLength(2);
    expect(ledger).not.toContain("lighthouse");
  });

  test("is not sent again to whoever has it", async () => {
    const { url } = await finished();
    const etag = (await house.get(url)).headers.get("etag")!;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const reply = await house.get(url, { "if-none-match": given });
      expect([reply.status, await reply.text(), reply.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await house.get(url, { "if-none-match": '"other"' })).status).toBe(200);
    expect((await house.get(url, { range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    expect((await house.get(url, { range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    expect((await house.get(url, { range: "bytes=5-2" })).status).toBe(200);
    expect((await house.get(url, { range: "bytes=-0" })).status).toBe(416);
  });

  test("a download's name is safe, whatever was asked for", async () => {
    const { url } = await finished();
    const reply = await house.get(`${url}&download=${encodeURIComponent('../a"\r\nset-cookie: x=1\u0000ü.png')}`);
    expect([reply.status, reply.headers.get("set-cookie")]).toEqual([200, null]);
    expect(reply.headers.get("content-disposition")).toMatch(/^attachment; filename="\.\._a___set-cookie_ x_1__\.png"; filename\*=UTF-8''[\w%.-]+$/);
  });
});
