/** Every route, for everybody who may come, with every kind of id. Another account's id is always 404. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idPrefixes, newUuid, routes, scopes, toPublicId, type IdKind, type RouteDefinition, type Scope } from "@cooly/contract";
import { listApiKeys, revokeApiKey } from "@cooly/engine";
import { deliver, keyFor, openGround, openHouse, painting, signIn, someone, uuidOf, type Ground, type House, type Someone } from "./fixture.ts";
import { drawn } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { give } from "./upload-steps.ts";

type Headers = Record<string, string>;

let ground: Ground;
let house: House;
let owner: Someone;
const callers: Record<string, Headers> = {};

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
  owner = await someone(house);
  const stranger = await someone(house);
  const admin = { email: `${randomUUID()}@example.com`, password: "long enough", name: "A", admin: true };
  await house.api.auth.createPerson(admin);
  const gone = await someone(house);
  const goneSession = await signIn(house, gone);
  await ground.db.pool.query("delete from auth_users where email = $1", [gone.email]);
  Object.assign(callers, {
    nobody: {},
    "the owner": await signIn(house, owner),
    "the owner's key": owner.bearer,
    "a stranger": await signIn(house, stranger),
    "a stranger's key": stranger.bearer,
    "an admin": await signIn(house, admin),
    "a deleted person": goneSession,
    "a revoked key": await spoiled((id) => revokeApiKey(ground.db, owner.accountId, id)),
    "an expired key": await spoiled((id) => ground.db.pool.query("update api_keys set expires_at = now() - interval '1 second' where id = $1", [id])),
    "a forged key": { authorization: `Bearer ck_${"A".repeat(43)}` },
  });
  for (const scope of scopes) callers[`a key for ${scope}`] = await keyFor(house, owner.accountId, [scope]);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

async function spoiled(spoil: (id: string) => Promise<unknown>): Promise<Headers> {
  const headers = await keyFor(house, owner.accountId);
  await spoil((await listApiKeys(ground.db, owner.accountId))[0]!.id);
  return headers;
}

const unknown = ["nobody", "a deleted person", "a revoked key", "an expired key", "a forged key"];
const persons = ["the owner", "a stranger", "an admin"];
const foreign = ["a stranger", "a stranger's key", "an admin"];
const everybody = [...unknown, ...persons, "the owner's key", "a stranger's key", ...scopes.map((scope) => `a key for ${scope}`)];

/** Whether the policy of the route lets this caller in. */
function maySee({ access }: RouteDefinition, caller: string): boolean {
  if (persons.includes(caller)) return true;
  if (access === "person") return false;
  const scope = /^a key for (.*)$/.exec(caller)?.[1];
  return scope === undefined || scope === (access as Scope);
}

const picture = drawn(8, 8).png().toBuffer();

const kindOf = ({ path }: RouteDefinition): IdKind | null =>
  path.startsWith("/v1/generations/:id") ? "generation" : path.startsWith("/v1/api-keys/:id") ? "apiKey" : path.startsWith("/v1/uploads/:id") ? "upload" : null;

async function ownIdOf(route: RouteDefinition): Promise<string> {
  if (kindOf(route) === "apiKey") {
    await keyFor(house, owner.accountId);
    return toPublicId("apiKey", (await listApiKeys(ground.db, owner.accountId))[0]!.id);
  }
  if (kindOf(route) === "upload") return (await give(house, owner.bearer, { bytes: await picture })).id;
  const { id } = (await (await house.post("/v1/generations", painting(), owner.bearer)).json()) as { id: string };
  if (route.name !== "generations.cancel") await deliver(ground, uuidOf(id));
  return id;
}

async function send({ method, path, body, name }: RouteDefinition, headers: Headers, id = ""): Promise<number> {
  const given = name === "api-keys.create" ? { name: "made" } : name === "uploads.create" ? { mime: "image/png", bytes: 10 } : painting();
  const reply = await fetch(`${house.origin}${path.replace(":id", id).replace("*id", "demo/painter")}`, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(given) }),
  });
  await reply.body?.cancel();
  return reply.status;
}

const guarded = routes.filter(({ access }) => access !== "public" && access !== "operator");
const withIds = guarded.filter((route) => kindOf(route) !== null);

test("every route has a policy, and these alone are open", () => {
  const open = routes.filter(({ access }) => access === "public").map(({ name }) => name);
  expect(open.toSorted()).toEqual([
    "hooks.receive",
    "models.get",
    "models.list",
    "system.config",
    "system.docs",
    "system.health",
    "system.openapi",
    "system.ready",
  ]);
  for (const { name, access } of routes) expect(["public", "person", "operator", ...scopes], name).toContain(access);
});

describe("without an id", () => {
  const cases = guarded.filter((route) => kindOf(route) === null).flatMap((route) => everybody.map((caller) => [route.name, caller, route] as const));
  test.each(cases)("%s for %s", async (_name, caller, route) => {
    const expected = unknown.includes(caller) ? 401 : maySee(route, caller) ? route.success.status : 403;
    // Whoever has no credits is let in, and told so.
    const status = await send(route, callers[caller]!);
    expect(status).toBe(caller === "an admin" && status === 402 ? 402 : expected);
  });
});

describe("with the owner's id", () => {
  test.each(withIds.flatMap((route) => everybody.map((caller) => [route.name, caller, route] as const)))("%s for %s", async (_name, caller, route) => {
    const expected = unknown.includes(caller) ? 401 : !maySee(route, caller) ? 403 : foreign.includes(caller) ? 404 : route.success.status;
    expect(await send(route, callers[caller]!, await ownIdOf(route))).toBe(expected);
  });
});

describe("with an id that is none", () => {
  const ids = (route: RouteDefinition): string[] => [
    toPublicId(kindOf(route)!, newUuid()),
    toPublicId("output", newUuid()),
    newUuid(),
    "%2e%2e%2fme",
    "%00",
    `${idPrefixes[kindOf(route)!]}_${"z".repeat(26)}`,
    "' or 1=1 --".replaceAll(" ", "%20"),
  ];
  test.each(withIds.flatMap((route) => ids(route).map((id) => [route.name, id, route] as const)))("%s %s: 404", async (_name, id, route) => {
    expect(await send(route, callers["the owner"]!, id)).toBe(404);
  });
});

test("a stranger's Idempotency-Key, quote and cursor are their own", async () => {
  const mine = { ...owner.bearer, "idempotency-key": "ours" };
  const theirs = { ...callers["a stranger's key"]!, "idempotency-key": "ours" };
  const [one, two] = (await Promise.all([mine, theirs].map(async (headers) => (await house.post("/v1/generations", painting(), headers)).json()))) as {
    id: string;
  }[];
  expect(one!.id).not.toBe(two!.id);
  const quote = (await (await house.post("/v1/quotes", painting(), owner.bearer)).json()) as { token: string };
  expect((await house.post("/v1/generations", painting({}, { quote: quote.token }), callers["a stranger's key"]!)).status).toBe(400);
  const page = (await (await house.get(`/v1/generations?after=${one!.id}`, callers["a stranger's key"]!)).json()) as { data: { id: string }[] };
  expect(page.data.map(({ id }) => id)).not.toContain(one!.id);
});

test("a link to media that is changed in any place opens nothing", async () => {
  const { id } = (await (await house.post("/v1/generations", painting(), owner.bearer)).json()) as { id: string };
  await deliver(ground, uuidOf(id));
  const { outputs } = (await (await house.get(`/v1/generations/${id}`, owner.bearer)).json()) as { outputs: { url: string }[] };
  const url = outputs[0]!.url;
  expect((await house.get(url)).status).toBe(200);
  for (let at = 1; at < url.length; at += 7) {
    const other = url[at] === "x" ? "y" : "x";
    expect([403, 404], `${at}`).toContain((await house.get(url.slice(0, at) + other + url.slice(at + 1))).status);
  }
});
