/** Every route keeps its promise: the answer is of its schema, and every failure that it declares can be met. */
import { createHash, createHmac } from "node:crypto";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everywhere, failures, Problem, routes, toPublicId, newUuid, fromPublicId, type FailureCode, type RouteDefinition } from "@cooly/contract";
import { createUploads, openDatabase } from "@cooly/engine";
import { drawn, gifInFrames, pngOf } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { editing, editor } from "./editor-model.ts";
import { deliver, keyWith, openGround, openHouse, painting, signIn, silent, someone, type Ground, type House } from "./fixture.ts";
import { openFilesServer } from "./files-server.ts";
import { announce, confirm, give, put } from "./upload-steps.ts";

const metricsToken = "m".repeat(32);
let ground: Ground;
let house: House;
let key: Record<string, string>;
let page: Record<string, string>;

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground, { settings: { metricsToken }, models: [editor] });
  const person = await someone(house);
  key = person.bearer;
  page = await signIn(house, person);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const created = async (): Promise<string> => ((await (await house.post("/v1/generations", painting(), key)).json()) as { id: string }).id;
const uuidOf = (id: string): string => fromPublicId("generation", id)!;
const nobodys = toPublicId("generation", newUuid());

async function finished(): Promise<string> {
  const id = await created();
  await deliver(ground, uuidOf(id));
  return id;
}

const send = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> =>
  fetch(`${house.origin}${path}`, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

/** A request of each route that is answered as promised. */
const good: Record<string, () => Promise<Response>> = {
  "system.health": () => send("GET", "/healthz"),
  "system.ready": () => send("GET", "/readyz"),
  "system.openapi": () => send("GET", "/openapi.json"),
  "system.docs": () => send("GET", "/docs"),
  "system.metrics": () => send("GET", "/metrics", { authorization: `Bearer ${metricsToken}` }),
  "system.config": () => send("GET", "/v1/config"),
  "models.list": () => send("GET", "/v1/models"),
  "models.get": () => send("GET", "/v1/models/demo%2Fpainter"),
  "quotes.create": () => send("POST", "/v1/quotes", key, painting()),
  "generations.create": () => send("POST", "/v1/generations", key, painting()),
  "generations.list": async () => (await finished(), send("GET", "/v1/generations?limit=2", key)),
  "generations.get": async () => send("GET", `/v1/generations/${await finished()}`, key),
  "generations.cancel": async () => send("POST", `/v1/generations/${await created()}/cancel`, key),
  "generations.delete": async () => send("DELETE", `/v1/generations/${await finished()}`, key),
  "generations.events": async () => send("GET", `/v1/generations/${await finished()}/events`, key),
  "events.stream": () => send("GET", "/v1/events", key),
  "me.get": () => send("GET", "/v1/me", page),
  "credits.get": () => send("GET", "/v1/credits", key),
  "credits.ledger": () => send("GET", "/v1/credits/ledger", key),
  "api-keys.create": () => send("POST", "/v1/api-keys", page, { name: "a key" }),
  "api-keys.list": () => send("GET", "/v1/api-keys", page),
  "uploads.create": () => send("POST", "/v1/uploads", key, announcement),
  "uploads.get": async () => send("GET", `/v1/uploads/${(await give(house, key, await kept)).id}`, key),
  "uploads.delete": async () => send("DELETE", `/v1/uploads/${(await give(house, key, await kept)).id}`, key),
  "uploads.confirm": async () => send("POST", `/v1/uploads/${(await give(house, key, await kept)).id}/confirm`, key),
  "hooks.receive": () => hook({ id: "task", client_id: null, status: "canceled" }),
  "api-keys.delete": async () => send("DELETE", `/v1/api-keys/${await newKeyId()}`, page),
};

/** A message of the simulated provider, under its signature. */
function hook(job: object, secret = "words"): Promise<Response> {
  const body = JSON.stringify({ type: "job", job });
  const [id, timestamp] = [`msg_${newUuid()}`, String(Math.floor(Date.now() / 1000))];
  const signature = `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  return send("POST", "/v1/hooks/sim-hook", { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature }, body);
}

const announcement = { mime: "image/png", bytes: 1000 };
const kept = drawn(16, 12)
  .png()
  .toBuffer()
  .then((bytes) => ({ bytes }));

/** A file that is refused with this code, by a confirmation or in a request for a generation. */
const refused: Partial<Record<FailureCode, () => Promise<Buffer>>> = {
  unsupported_media: async () => Buffer.from("no picture at all"),
  size_refused: () => pngOf(65_500, 1),
  too_many_pixels: () => pngOf(16_000, 16_000),
  too_many_frames: async () => gifInFrames(1_100),
  undecodable: async () => (await drawn(640, 480).png().toBuffer()).subarray(0, 900),
};

async function withFile(route: RouteDefinition, code: FailureCode): Promise<Response> {
  const bytes = await refused[code]!();
  if (route.name === "uploads.create") return withBody(route, { ...announcement, mime: "image/tiff" });
  if (route.name !== "uploads.confirm") return withInput(route, { image: { url: dataOf(bytes, code === "too_many_frames" ? "image/gif" : "image/png") } });
  const upload = await announce(house, key, { bytes });
  await put(house, upload, bytes);
  return confirm(house, key, upload.id);
}

const dataOf = (bytes: Buffer, mime = "image/png"): string => `data:${mime};base64,${bytes.toString("base64")}`;
const withInput = (route: RouteDefinition, input: object): Promise<Response> => withBody(route, editing(input));
const ready = async (bytes: Promise<Buffer>, purpose: "image" | "mask" = "image"): Promise<{ upload: string }> => ({
  upload: (await give(house, key, { bytes: await bytes, purpose })).id,
});

const newKeyId = async (): Promise<string> => ((await (await send("POST", "/v1/api-keys", page, { name: "gone soon" })).json()) as { id: string }).id;

const pathOf = ({ path }: RouteDefinition): string =>
  path
    .replace("*id", "demo/nobody")
    .replace("/uploads/:id", `/uploads/${toPublicId("upload", newUuid())}`)
    .replace(":id", nobodys)
    .replace(":provider", "sim-hook");
const bodyOf = ({ name }: RouteDefinition): unknown => (name === "api-keys.create" ? { name: "x" } : name === "uploads.create" ? announcement : painting());
const call = (route: RouteDefinition, headers: Record<string, string>, body?: unknown): Promise<Response> => send(route.method, pathOf(route), headers, body);
const credentials = (route: RouteDefinition): Record<string, string> => (route.access === "person" ? page : key);
const withBody = (route: RouteDefinition, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  call(route, { ...credentials(route), ...headers }, body);
const changed = (route: RouteDefinition, members: object): object => ({ ...(bodyOf(route) as object), ...members });

/** How each failure is met; where routes differ, by the route. */
const provocations: Partial<Record<FailureCode, (route: RouteDefinition) => Promise<Response>>> = {
  unauthenticated: (route) => call(route, { authorization: "Bearer ck_nobody" }, route.body && bodyOf(route)),
  insufficient_scope: async (route) => {
    const other = route.access === "account:read" ? "generations:read" : "account:read";
    return call(route, await keyWith(house, 1, [other]), route.body && bodyOf(route));
  },
  cross_site_request: (route) => call(route, { ...page, origin: "https://evil.example" }, route.body && bodyOf(route)),
  invalid_json: (route) => withBody(route, "{"),
  unsupported_media_type: (route) => withBody(route, "{}", { "content-type": "text/plain" }),
  payload_too_large: (route) => withBody(route, JSON.stringify({ model: "x".repeat(300_000) })),
  unknown_field: (route) => (route.body ? withBody(route, changed(route, { surprise: 1 })) : send("GET", `${pathOf(route)}?surprise=1`, credentials(route))),
  invalid_parameter: (route) => {
    if (route.body)
      return withBody(
        route,
        changed(route, route.name === "api-keys.create" ? { name: "" } : route.name === "uploads.create" ? { mime: 7 } : { outputs: "one" }),
      );
    return route.query ? send("GET", `${pathOf(route)}?limit=abc`, key) : withEventId(route, "abc");
  },
  out_of_range: (route) =>
    route.body
      ? withBody(route, changed(route, route.name === "uploads.create" ? { bytes: -1 } : { outputs: 0 }))
      : send("GET", `${pathOf(route)}?limit=0`, key),
  invalid_cursor: (route) => send("GET", `${pathOf(route)}?after=nowhere`, key),
  prompt_required: (route) => withBody(route, painting({ prompt: "" })),
  prompt_too_long: (route) => withBody(route, painting({ prompt: "x".repeat(2001) })),
  unsupported_parameter: (route) => withBody(route, painting({ width: 1 })),
  unknown_model: (route) => withBody(route, changed(route, { model: "no/model" })),
  invalid_idempotency_key: (route) => withBody(route, painting(), { "idempotency-key": "x".repeat(256) }),
  invalid_quote: (route) => withBody(route, painting({}, { quote: "abc.def" })),
  insufficient_credits: async (route) => call(route, await keyWith(house, 0), painting()),
  idempotency_key_reuse: async (route) => {
    await withBody(route, painting({ prompt: "one" }), { "idempotency-key": "contract" });
    return withBody(route, painting({ prompt: "two" }), { "idempotency-key": "contract" });
  },
  quote_exceeded: async (route) => {
    const { token } = (await (await send("POST", "/v1/quotes", key, painting())).json()) as { token: string };
    house.prices.credits = 7;
    try {
      return await withBody(route, painting({}, { quote: token }));
    } finally {
      house.prices.credits = 1;
    }
  },
  empty_file: (route) =>
    route.name === "uploads.create" ? withBody(route, { ...announcement, bytes: 0 }) : withInput(route, { image: "data:image/png;base64," }),
  too_large: (route) =>
    route.name === "uploads.create"
      ? withBody(route, { ...announcement, bytes: 2 ** 30 })
      : withInput(route, { image: { url: dataOf(Buffer.alloc(5 * 1024 * 1024 + 4)) } }),
  unsupported_media: (route) => withFile(route, "unsupported_media"),
  size_refused: (route) => withFile(route, "size_refused"),
  too_many_pixels: (route) => withFile(route, "too_many_pixels"),
  too_many_frames: (route) => withFile(route, "too_many_frames"),
  undecodable: (route) => withFile(route, "undecodable"),
  too_many_uploads: async (route) => {
    const { db, store, scratch, pictures } = ground;
    const uploads = createUploads({ db, store, scratch, pictures, log: silent, allowance: { waitingMax: 0, bytesMax: 0 } });
    const full = await openHouse(ground, { parts: { uploads }, models: [editor] });
    const body = route.name === "uploads.create" ? announcement : editing({ image: dataOf(await drawn(5, 7).png().toBuffer()) });
    const reply = await full.post(route.path, body, key);
    await full.close();
    return reply;
  },
  not_uploaded: async () => send("POST", `/v1/uploads/${(await announce(house, key, await kept)).id}/confirm`, key),
  content_mismatch: async () => {
    const { bytes } = await kept;
    const upload = await announce(house, key, { bytes, sha256: "0".repeat(64) });
    await put(house, upload, bytes);
    return confirm(house, key, upload.id);
  },
  unknown_upload: (route) => withInput(route, { image: { upload: toPublicId("upload", newUuid()) } }),
  upload_not_ready: async (route) => withInput(route, { image: { upload: (await announce(house, key, await kept)).id } }),
  invalid_data_url: (route) => withInput(route, { image: "data:image/png;base64,***" }),
  mask_size_differs: async (route) =>
    withInput(route, { image: await ready(drawn(8, 8).png().toBuffer()), mask: await ready(drawn(9, 8).png().toBuffer(), "mask") }),
  blocked_address: (route) => withInput(route, { image: { url: "https://169.254.169.254/latest/meta-data" } }),
  fetch_failed: async (route) => {
    const files = await openFilesServer();
    const away = await openHouse(ground, { parts: { fetches: files.fetches }, models: [editor] });
    const reply = await away.post(route.path, editing({ image: files.url("/nothing.png") }), key);
    await away.close();
    files.close();
    return reply;
  },
  invalid_signature: () => hook({ id: "task", client_id: null, status: "canceled" }, "other words"),
  not_found: async (route) => {
    if (route.name === "hooks.receive") return send("POST", "/v1/hooks/nobody", {}, "{}");
    if (route.name === "system.metrics") {
      const closed = await openHouse(ground);
      const reply = await closed.get("/metrics", { authorization: `Bearer ${metricsToken}` });
      await closed.close();
      return reply;
    }
    if (route.name !== "generations.create") return call(route, credentials(route), route.body && bodyOf(route));
    const headers = { "idempotency-key": "deleted since" };
    const { id } = (await (await withBody(route, painting(), headers)).json()) as { id: string };
    await deliver(ground, uuidOf(id));
    await send("DELETE", `/v1/generations/${id}`, key);
    return withBody(route, painting(), headers);
  },
  already_finished: async () => send("POST", `/v1/generations/${await finished()}/cancel`, key),
  not_finished: async () => send("DELETE", `/v1/generations/${await created()}`, key),
  not_acceptable: async (route) => send("GET", await streamPath(route), { ...key, accept: "application/json" }),
  too_many_streams: async (route) => {
    const path = await streamPath(route);
    const own = route.name === "events.stream" ? await keyWith(house, 1) : key;
    const open = await Promise.all(Array.from({ length: 50 }, () => send("GET", path, own)));
    expect(open.map(({ status }) => status)).toEqual(Array<number>(50).fill(200));
    try {
      return await send("GET", path, own);
    } finally {
      await Promise.all(open.map((reply) => reply.body!.cancel()));
    }
  },
};

const streamPath = async (route: RouteDefinition): Promise<string> =>
  route.name === "events.stream" ? "/v1/events" : `/v1/generations/${await created()}/events`;
const withEventId = async (route: RouteDefinition, id: string): Promise<Response> => send("GET", await streamPath(route), { ...key, "last-event-id": id });

const byName = (name: string): RouteDefinition => routes.find((route) => route.name === name)!;

interface Described {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, DescribedOperation>>;
  readonly components: { readonly securitySchemes: Record<string, { name?: string }>; readonly schemas: object };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object; readonly example?: object }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly headers?: object; readonly content: Record<string, { readonly schema: object }> }
  >;
}

const describeHouse = async (): Promise<Described> => (await house.get("/openapi.json")).json() as Promise<Described>;

/** What the description says of this answer: null where it says that it is so. */
async function objectionTo(name: string, reply: Response, body: unknown): Promise<unknown> {
  const description = await describeHouse();
  const operation = Object.values(description.paths)
    .flatMap((methods) => Object.values(methods))
    .find(({ operationId }) => operationId === name)!;
  const type = reply.headers.get("content-type")!.split(";")[0]!;
  const schema = operation.responses[reply.status]?.content[type]?.schema;
  if (!schema) return `nothing is said of ${reply.status} ${type}`;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.validate({ ...schema, components: description.components }, body) ? null : ajv.errors;
}

describe("answers", () => {
  test.each(routes.map(({ name }) => name))("%s answers as its schema says", async (name) => {
    const route = byName(name);
    const reply = await good[name]!();
    expect(reply.status).toBe(route.success.status);
    expect(reply.headers.get("content-type")).toMatch(route.success.mediaType ?? "application/json");
    expect(reply.headers.get("x-request-id")).toMatch(/^req_/);
    if (!route.success.body) {
      await reply.body!.cancel();
      return;
    }
    const body: unknown = await reply.json();
    route.success.body.parse(body);
    expect(await objectionTo(name, reply, body)).toBeNull();
  });
});

describe("failures", () => {
  const declared = routes.flatMap((route) => route.failures.map((code) => [route.name, code] as const));
  test.each(declared)("%s can fail with %s", async (name, code) => {
    const reply = await provocations[code]!(byName(name));
    const problem = Problem.parse(await reply.json());
    expect({ status: reply.status, code: problem.code }).toEqual({ status: failures[code].status, code });
    expect(await objectionTo(name, reply, problem)).toBeNull();
    expect(reply.headers.get("content-type")).toMatch("application/problem+json");
    expect(reply.headers.get("x-should-retry")).toBe(failures[code].retry === "safe" ? "true" : "false");
  });
});

describe("failures of every route", () => {
  const metered = routes.filter(({ name }) => name !== "system.health" && name !== "system.ready");

  test.each(metered.map(({ name }) => name))("%s: rate_limit_exceeded", async (name) => {
    const strict = await openHouse(ground, { settings: { rateLimitIpPerMinute: 0 } });
    const route = byName(name);
    const reply = await fetch(`${strict.origin}${pathOf(route)}`, { method: route.method });
    const problem = Problem.parse(await reply.json());
    await strict.close();
    expect([reply.status, problem.code]).toEqual([429, "rate_limit_exceeded"]);
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(reply.headers.get("ratelimit-policy")).toMatch(/q=0;w=60/);
  });

  const asking = routes.filter(({ access }) => access !== "public" && access !== "operator").map(({ name }) => name);

  test.each(asking)("%s: unavailable where the database is away", async (name) => {
    const away = openDatabase({ connectionString: "postgres://nobody:x@127.0.0.1:9/none", max: 1 });
    const dark = await openHouse(ground, { parts: { db: away } });
    const route = byName(name);
    const body = route.body ? { body: JSON.stringify(bodyOf(route)) } : {};
    const headers = route.access === "person" ? page : key;
    const reply = await fetch(`${dark.origin}${pathOf(route)}`, { method: route.method, headers: { ...headers, "content-type": "application/json" }, ...body });
    const problem = Problem.parse(await reply.json());
    await dark.close();
    await away.close();
    expect([reply.status, problem.code]).toEqual([503, "unavailable"]);
    expect(reply.headers.get("retry-after")).toBeTruthy();
    expect(reply.headers.get("x-should-retry")).toBe("true");
  });

  test.each(asking)("%s: internal_error says nothing of the cause, and the log does", async (name) => {
    const secret = "the cause with a secret";
    const broken = {
      ...ground.db,
      rows: fail,
      one: fail,
      maybe: fail,
      pool: Object.assign(Object.create(ground.db.pool) as object, { query: fail, connect: fail }),
    };
    async function fail(): Promise<never> {
      throw new Error(secret);
    }
    const dark = await openHouse(ground, { parts: { db: broken as unknown as Ground["db"] } });
    const route = byName(name);
    const body = route.body ? { body: JSON.stringify(bodyOf(route)) } : {};
    const headers = route.access === "person" ? page : key;
    const reply = await fetch(`${dark.origin}${pathOf(route)}`, { method: route.method, headers: { ...headers, "content-type": "application/json" }, ...body });
    const text = await reply.text();
    const lines = dark.lines.filter(({ event }) => event === "api.failed");
    await dark.close();
    expect([reply.status, Problem.parse(JSON.parse(text)).code]).toEqual([500, "internal_error"]);
    expect(text).not.toContain(secret);
    expect(lines).toHaveLength(1);
  });
});

test("the description has every route, its failures and both ways to be somebody", async () => {
  const description = await describeHouse();
  expect(description.openapi).toMatch(/^3\.1/);
  const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(routes.map(({ name }) => name).toSorted());
  for (const operation of operations) {
    const route = byName(operation.operationId);
    for (const code of [...route.failures, ...everywhere]) expect(operation.responses[failures[code].status]!.description).toContain(`\`${code}\``);
  }
  expect(Object.keys(description.components.securitySchemes)).toEqual(["apiKey", "session", "metricsToken"]);
  expect(Object.keys(description.components.schemas)).toEqual(expect.arrayContaining(["Generation", "Problem", "Event"]));
});

test("the description is OpenAPI 3.1 by the official schema, and its examples are accepted", async () => {
  const description = await describeHouse();
  expect(await new Validator().validate({ ...description })).toMatchObject({ valid: true });
  const accept = description.paths["/v1/generations"]!["post"]!;
  expect(Object.keys(accept.responses)).toEqual(expect.arrayContaining(["200", "202", "402", "422"]));
  expect(accept.responses["202"]!.headers).toHaveProperty("location");
  const examples = Object.values(description.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {})),
  );
  expect(examples.length).toBeGreaterThan(2);
  for (const { schema, example } of examples) {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    expect(ajv.validate({ ...schema, components: description.components }, example), JSON.stringify(ajv.errors)).toBe(true);
  }
  const https = await openHouse(ground, { settings: { publicUrl: "https://cooly.example" } });
  const secure = (await (await https.get("/openapi.json")).json()) as Described;
  await https.close();
  expect(secure.components.securitySchemes["session"]!.name).toBe("__Host-cooly.session_token");
});

test("the page has every route and failure, and runs nothing but what is on it", async () => {
  const reply = await house.get("/docs");
  const page = await reply.text();
  for (const { name } of routes) expect(page).toContain(`id="${name}"`);
  for (const code of Object.keys(failures)) expect(page).toContain(`id="${code}"`);
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  const policy = reply.headers.get("content-security-policy")!;
  expect(policy).not.toContain("unsafe");
  for (const kind of ["style", "script"]) {
    const content = new RegExp(`<${kind}>([^]*?)</${kind}>`).exec(page)![1]!;
    expect(policy).toContain(`${kind}-src 'sha256-${createHash("sha256").update(content).digest("base64")}'`);
  }
});

test("the figures: answers by route, accepts by outcome, what is under way; for the token alone", async () => {
  const watched = await openHouse(ground, { settings: { metricsToken } });
  try {
    const rich = await keyWith(watched, 10);
    await watched.post("/v1/generations", painting(), { ...rich, "idempotency-key": "once" });
    await watched.post("/v1/generations", painting(), { ...rich, "idempotency-key": "once" });
    await watched.post("/v1/generations", painting(), await keyWith(watched, 0));
    await watched.get(`/v1/generations/${nobodys}`, rich);
    const stream = await watched.get("/v1/events", rich);
    const text = await (await watched.get("/metrics", { authorization: `Bearer ${metricsToken}` })).text();
    await stream.body!.cancel();
    const lines = text.split("\n");
    for (const line of [
      'cooly_accepts_total{outcome="accepted"} 1',
      'cooly_accepts_total{outcome="replayed"} 1',
      'cooly_accepts_total{outcome="insufficient"} 1',
      'cooly_http_request_duration_seconds_count{method="POST",route="/v1/generations",status="402"} 1',
      'cooly_http_request_duration_seconds_count{method="GET",route="/v1/generations/:id",status="404"} 1',
      "cooly_event_streams 1",
      "cooly_database_up 1",
    ])
      expect(lines).toContain(line);
    expect(text).toMatch(/^cooly_queue_depth [1-9]\d*$/m);
    expect(text).toMatch(/^cooly_outputs\{state="queued"\} [1-9]/m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
    expect(text).not.toContain(nobodys);
    for (const authorization of ["", "Bearer x", `Basic ${metricsToken}`, rich["authorization"]!])
      expect((await watched.get("/metrics", authorization ? { authorization } : {})).status).toBe(401);
  } finally {
    await watched.close();
  }
});

test("every route of the contract is bound, and nothing else is", async () => {
  for (const route of routes) expect((await fetch(`${house.origin}${pathOf(route)}`, { method: "PURGE" })).status, route.name).toBe(405);
  expect(Object.keys(good).toSorted()).toEqual(routes.map(({ name }) => name).toSorted());
});
