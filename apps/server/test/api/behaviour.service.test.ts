/** What a client relies on beyond schemas: people and their sessions, headers, health. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CreditsView, MeView } from "@cooly/contract";
import { inHouse, json, cookiesOf, keyWith, openGround, openHouse, painting, signIn, someone, type Ground, type House } from "./fixture.ts";

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
    inHouse(ground, { settings: { signUp: false } }, async (own) => {
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
    await inHouse(ground, { settings: { publicUrl: "https://cooly.example" } }, async (own) => {
      const reply = await own.post("/api/auth/sign-in/email", { email: person.email, password: person.password }, { origin: "https://cooly.example" });
      const cookie = reply.headers.getSetCookie()[0]!;
      expect(cookie).toMatch(/^__Host-cooly\.session_token=/);
      expect(cookie).toMatch(/Secure/i);
      expect(cookie).not.toMatch(/Domain/i);
      expect((await own.get("/v1/me", { cookie: cookiesOf(reply) })).status).toBe(200);
    });
  });

  test("sign-ins are limited by address, before the password is looked at", () =>
    inHouse(ground, { settings: { signInPerMinute: 3 } }, async (own) => {
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
      ground,
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
    await inHouse(ground, { studio: (_request, response) => void response.end("page") }, async (own) => {
      const page = (await own.get("/")).headers.get("content-security-policy")!;
      for (const rule of ["default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'"]) expect(page).toContain(rule);
    });
    const plain = (await house.get("/v1/config")).headers;
    const policy = plain.get("content-security-policy")!;
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "sandbox", "base-uri 'none'"]) expect(policy).toContain(rule);
    expect(policy).not.toContain("upgrade-insecure-requests");
    expect([plain.get("strict-transport-security"), plain.get("x-powered-by")]).toEqual([null, null]);
    await inHouse(ground, { settings: { publicUrl: "https://cooly.example" } }, async (own) => {
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
    await inHouse(ground, { settings: { rateLimitPerMinute: 10 } }, async (own) => {
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
    inHouse(ground, { studio: (request, response) => void response.end(`studio ${request.url}`) }, async (own) => {
      expect(await (await own.get("/library?x=1")).text()).toBe("studio /library?x=1");
      expect((await own.get("/v1/nothing")).status).toBe(404);
    }));

  test("readyz is 503 while something is down, and healthz asks nobody", () =>
    inHouse(ground, { parts: { readiness: async () => ({ database: { status: "down", detail: "no answer" } }) } }, async (own) => {
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
});
