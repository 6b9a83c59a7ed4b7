/** What a client relies on beyond schemas: waiting, pages, quotes, streams, media. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromPublicId, type CreditsView, type GenerationView, type LedgerEntryView } from "@cooly/contract";
import { inHouse, json, deliver, keyWith, openGround, openHouse, painting, readEvents, type Ground, type House } from "./fixture.ts";

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

const create = (headers: Record<string, string>, members: object = {}): Promise<GenerationView> =>
  json(house.post("/v1/generations", painting({}, members), headers));
const finish = (id: string): Promise<void> => deliver(ground, fromPublicId("generation", id)!);

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
    await inHouse(ground, { parts: { clock: { now: () => new Date(now) } } }, async (own) => {
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
    inHouse(ground, { parts: { submit: () => Promise.reject(Object.assign(new Error("terminating connection"), { code: "57P01" })) } }, async (own) => {
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
