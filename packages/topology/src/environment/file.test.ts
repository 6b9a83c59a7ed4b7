import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { parseEnvironmentFile, renderEnvironmentFile, writeValue } from "./file.ts";
import { fillIn } from "./make.ts";
import { environmentOf } from "./sets.ts";
import { topologies } from "./topologies.ts";

test.each([
  "A=1\nB=2",
  "A = spaced \r\nB=2\r\n",
  "export A=1",
  'A="quoted # not a comment"\nB=after',
  "A='single \"inside\"'",
  "A=`back 'and' \"both\"`",
  "A=plain # comment\n# B=2\nC=3",
  'A="one\ntwo"\nB=3',
  'A="one\\ntwo"',
  "A=\nB=",
  "A=postgres://u:p@h:5432/d?sslmode=require",
  "A=1\nA=2",
])("it is read as Node reads it: %j", (text) => {
  expect(Object.fromEntries(parseEnvironmentFile(text).values)).toEqual({ ...parseEnv(text) });
});

test("names that come twice and lines that say nothing are told", () => {
  const { twice, strange } = parseEnvironmentFile("A=1\nhello\n\n# B\nA=2\n2C=3\n");
  expect({ twice, strange }).toEqual({ twice: ["A"], strange: [2, 6] });
});

test.each(["plain", "with space", "it's", 'it is "so"', `it's "so"`, String.raw`it's C:\new`, "a#b", "postgres://u:p@h/d?x=1&y=2", ""])(
  "what is written is read back: %j",
  (value) => {
    const text = `A=${writeValue(value)}\n`;
    expect(parseEnvironmentFile(text).values.get("A")).toBe(value);
    expect(parseEnv(text)["A"]).toBe(value);
  },
);

test.each(topologies)("the whole file of %s is read back as it was meant", (topology) => {
  const settings = environmentOf(topology, { domain: "studio.example.org" });
  const values = fillIn(settings, (bytes) => new Uint8Array(bytes).fill(7));
  const text = renderEnvironmentFile(settings, values, { title: "x", carried: new Map([["FAL_KEY", "k y"]]) });
  const { values: read, twice, strange } = parseEnvironmentFile(text);
  expect({ twice, strange }).toEqual({ twice: [], strange: [] });
  for (const [name, value] of values) expect(read.get(name), name).toBe(value);
  expect(read.get("FAL_KEY")).toBe("k y");
  expect(parseEnv(text)).toEqual(Object.fromEntries(read));
});

test("what a shell would take for its own is in quotes", () => {
  expect(["a&b", "~/x", "a b", "$a"].map(writeValue)).toEqual(["'a&b'", "'~/x'", "'a b'", "'$a'"]);
});
