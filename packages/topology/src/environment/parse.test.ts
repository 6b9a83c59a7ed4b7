import { expect, test } from "vitest";
import { distance, parseEnvironment, type ParsedEnvironment } from "./parse.ts";
import { renderEnvironmentExample, renderEnvironmentPage } from "./render.ts";
import { roles, variables, type Variable, type VariableType } from "./variables.ts";

const files: Readonly<Record<string, string>> = { "/run/secrets/auth": "s".repeat(40) + "\n", "/run/secrets/short": "hush-hush" };
const parse = (environment: Record<string, string>): ParsedEnvironment =>
  parseEnvironment(environment, {
    roles,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  });

/** A value that no variable of this type takes. */
function wrong(type: VariableType): string | null {
  switch (type.kind) {
    case "integer":
      return String(type.max + 1);
    case "decimal":
      return "-1.5";
    case "boolean":
      return "perhaps";
    case "enum":
      return "hunter2";
    case "url":
      return "gopher://hunter2@example.com";
    case "string":
      return type.minLength === undefined ? null : "hunter2";
    case "list":
      return null;
  }
}

const faulty = (variables as readonly Variable[]).flatMap((variable) => {
  const value = wrong(variable.type);
  return value === null ? [] : [{ variable, value, name: variable.name }];
});

test.each(faulty)("$name: a mistake is one sentence with its name, what was expected and an example", ({ variable, value }) => {
  const { problems } = parse({ [variable.name]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${variable.name}[ (].*\\bmust (be|begin|have)\\b.*, for example .+\\.$`));
  expect(problems[0]).toContain(variable.example);
  if (variable.secret) expect(problems[0]).not.toContain(value);
});

test("every secret keeps its value to itself, also out of a file", () => {
  expect(parse({ AUTH_SECRET: "hush-hush" }).problems).toEqual([
    "AUTH_SECRET must have at least 32 characters, for example the output of: openssl rand -base64 32.",
  ]);
  expect(parse({ AUTH_SECRET_FILE: "/run/secrets/short" }).problems.join()).not.toContain("hush");
  expect(parse({ DATABASE_URL: "mysql://root:hunter2@db/x" }).problems.join()).not.toContain("hunter2");
});

test("every example is a value that its variable takes", () => {
  for (const variable of variables as readonly Variable[]) expect(parse({ [variable.name]: variable.example }).problems, variable.name).toEqual([]);
});

test("all problems are told at once, and the right values with them are kept", () => {
  const { problems, values } = parse({ LOG_LEVEL: "loud", PORT: "http", SIGN_UP: "maybe", GEN_WORKER_CONCURRENCY: "8" });
  expect(problems.map((problem) => problem.split(" ")[0]).toSorted()).toEqual(["LOG_LEVEL", "PORT", "SIGN_UP"]);
  expect(values.get("GEN_WORKER_CONCURRENCY")).toBe(8);
});

test("NAME_FILE reads a value, without the line's end", () => {
  expect(parse({ AUTH_SECRET_FILE: "/run/secrets/auth" }).values.get("AUTH_SECRET")).toBe("s".repeat(40));
  expect(parse({ AUTH_SECRET_FILE: "/run/secrets/none" }).problems).toEqual([
    expect.stringMatching(/^AUTH_SECRET cannot be read from the file that AUTH_SECRET_FILE names/),
  ]);
  expect(parse({ AUTH_SECRET_FILE: "/run/secrets/auth", AUTH_SECRET: "t".repeat(40) }).problems).toEqual([
    expect.stringMatching(/^AUTH_SECRET and AUTH_SECRET_FILE are both set; keep one/),
  ]);
});

test.each([
  ["true", true],
  ["1", true],
  ["YES", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["No", false],
  ["off", false],
])("a boolean may be written %s", (text, value) => {
  expect(parse({ START_GEN_WORKER: text }).values.get("START_GEN_WORKER")).toBe(value);
});

test.each(["1.5", "1e3", "0x10", "", " ", "-1", "65536", "9007199254740993"])("a port is no %j", (text) => {
  const { problems, values } = parse({ PORT: text });
  // Nothing and blanks are the same as not set.
  expect(problems).toHaveLength(text.trim() === "" ? 0 : 1);
  expect(values.has("PORT")).toBe(false);
});

test("lists are split at commas, addresses lose their last slash", () => {
  const { values } = parse({ ALLOWED_ORIGINS: " https://a.example , https://b.example,", PUBLIC_URL: "https://api.example.com/" });
  expect(values.get("ALLOWED_ORIGINS")).toEqual(["https://a.example", "https://b.example"]);
  expect(values.get("PUBLIC_URL")).toBe("https://api.example.com");
});

test("no driver has a default: whoever opens one infers it from what else is set", () => {
  const { values } = parse({});
  expect([values.get("QUEUE_DRIVER"), values.get("STORAGE_DRIVER")]).toEqual([undefined, undefined]);
});

test("a variable may have a second name; two that say different things are one problem", () => {
  expect(parse({ B2_BUCKET_NAME: "pictures" }).values.get("S3_BUCKET_NAME")).toBe("pictures");
  expect(parse({ S3_BUCKET_NAME: "pictures", B2_BUCKET_NAME: "pictures" }).problems).toEqual([]);
  expect(parse({ S3_SECRET_ACCESS_KEY: "one", B2_SECRET_ACCESS_KEY: "two" }).problems).toEqual([
    expect.stringMatching(/^S3_SECRET_ACCESS_KEY says one thing as S3_SECRET_ACCESS_KEY and another as B2_SECRET_ACCESS_KEY; keep one, for example/),
  ]);
});

test("a role is asked for nothing that it does not read", () => {
  const options = { roles: ["relay"] as const, readFile: () => "" };
  expect(parseEnvironment({ COOLY_PORT: "http", SIGN_UP: "maybe" }, options).problems).toEqual([]);
  expect(parseEnvironment({ COOLY_PORT: "4000" }, options).values.has("COOLY_PORT")).toBe(false);
});

test("a slip of the keyboard is suggested", () => {
  expect(parse({ QUEUE_DRIVER: "postgre" }).problems[0]).toContain("did you mean postgres?");
  expect(parse({ DATABSE_URL: "x" }).warnings).toEqual(["DATABSE_URL is not a variable of ours; did you mean DATABASE_URL?"]);
  expect(parse({ "DATABASE_\u0415RL": "x" }).warnings[0]).toContain("U+0415");
  expect(parse({ PATH: "/bin", HOMEBREW: "1" }).warnings).toEqual([]);
  expect([distance("kitten", "sitting"), distance("same", "same"), distance("a", "abcdef")]).toEqual([3, 0, 4]);
});

test("the page and the example name every variable, once, and no name twice", () => {
  const names = variables.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(renderEnvironmentPage().split(`| \`${name}\` |`), name).toHaveLength(2);
    expect(renderEnvironmentExample().split(`\n#${name}=`), name).toHaveLength(2);
  }
});
