import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault, failures, type FailureCode } from "./failures.ts";
import { fromPublicId, idPrefixes, newUuid, publicId, toPublicId, type IdKind } from "./ids.ts";
import { creditsPerOutput } from "./models/price.ts";
import { parseSize } from "./models/size.ts";
import { everywhere } from "./routes/define.ts";
import { routes } from "./routes/index.ts";

const kinds = fc.constantFrom(...(Object.keys(idPrefixes) as IdKind[]));

test("an id comes back whole, sorts like its UUID, and is of its kind alone", () => {
  fc.assert(
    fc.property(kinds, fc.uuid(), fc.uuid(), (kind, one, other) => {
      const id = toPublicId(kind, one);
      expect(fromPublicId(kind, id)).toBe(one);
      expect(publicId(kind).safeParse(id).success).toBe(true);
      expect(id < toPublicId(kind, other)).toBe(one < other);
      for (const stranger of Object.keys(idPrefixes) as IdKind[]) if (stranger !== kind) expect(fromPublicId(stranger, id)).toBeNull();
    }),
  );
});

test.each([
  "",
  "gen_",
  "gen_01jd",
  `gen_${"8".repeat(26)}`,
  `gen_${"u".repeat(26)}`,
  `gen_${"0".repeat(27)}`,
  `GEN_${"0".repeat(26)}`,
  `gen_${"0".repeat(25)}O`,
])("%j is no id", (text) => {
  expect(fromPublicId("generation", text)).toBeNull();
  expect(publicId("generation").safeParse(text).success).toBe(false);
});

test("a new UUID is of version 7, says when it was made, and later ones sort later", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 100_000 }), (seconds, laterMs) => {
      const atMs = seconds * 1000;
      const uuid = newUuid(atMs);
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16)).toBe(atMs);
      expect(uuid < newUuid(atMs + laterMs)).toBe(true);
    }),
  );
  expect(new Set(Array.from({ length: 1000 }, () => newUuid(0))).size).toBe(1000);
});

test("a price is an integer, rounded once and upwards", () => {
  const side = fc.integer({ min: 1, max: 4096 });
  const rule = fc.record({ credits: fc.nat({ max: 1000 }), pixels: fc.integer({ min: 1, max: 4_194_304 }) });
  fc.assert(
    fc.property(side, side, rule, (width, height, { credits, pixels }) => {
      const price = creditsPerOutput({ kind: "per_pixels", credits, pixels }, { size: `${width}x${height}` });
      expect(Number.isInteger(price)).toBe(true);
      const exact = BigInt(width * height) * BigInt(credits);
      expect(BigInt(price) * BigInt(pixels) >= exact).toBe(true);
      expect(BigInt(price - 1) * BigInt(pixels) < exact).toBe(true);
    }),
  );
  expect(creditsPerOutput({ kind: "per_output", credits: 7 }, {})).toBe(7);
  expect(() => creditsPerOutput({ kind: "per_pixels", credits: 1, pixels: 1 }, {})).toThrow("no price");
});

test.each(["0x5", "5x0", "05x5", "5X5", "5x5 ", "100000x1", "5", "", null, 5])("%j is no size", (size) => {
  expect(parseSize(size)).toBeNull();
});

test("the table of failures is closed: every code that a route declares is in it, and every one is a stable word", () => {
  const declared = new Set<string>([...routes.flatMap((route) => route.failures), ...everywhere]);
  expect([...declared].filter((code) => !Object.hasOwn(failures, code))).toEqual([]);
  for (const [code, { status, say }] of Object.entries(failures)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(say, code).toMatch(/^[A-Z].*\.$/);
  }
});

test("a fault says its table's sentence unless it has a better one, and keeps its cause to itself", () => {
  const fault = new Fault("insufficient_credits", { detail: { needed: 5 }, cause: new Error("inside") });
  expect(fault).toMatchObject({
    code: "insufficient_credits" satisfies FailureCode,
    message: failures.insufficient_credits.say,
    detail: { needed: 5 },
    issues: [],
  });
  expect(JSON.stringify(fault)).not.toContain("inside");
  expect(new Fault("not_found", { say: "There is no such model." }).message).toBe("There is no such model.");
});

test("no two routes share a name, or a method and a path", () => {
  expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
});
