/** Fills in what can be known: secrets by chance, what is fixed, and what follows from both. */
import type { SecretForm, Setting } from "./setting.ts";
import { isExample } from "./weak.ts";

/** So many bytes that nobody can guess. */
export type Chance = (bytes: number) => Uint8Array;

const SECRET_BYTES = 32;

/** Chance may begin with `my-`, which the check would take for somebody's example. */
export function makeSecret(form: SecretForm, chance: Chance): string {
  const made = draw(form, chance);
  return isExample(made) ? makeSecret(form, chance) : made;
}

function draw(form: SecretForm, chance: Chance): string {
  switch (form) {
    case "base64url":
      return base64url(chance(SECRET_BYTES));
    case "hex":
      return hex(chance(SECRET_BYTES));
    case "garage-key-id":
      return `GK${hex(chance(12))}`;
    case "access-key-id":
      return `COOLY${hex(chance(8)).toUpperCase()}`;
  }
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function base64url(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,6}/g) ?? []).map((six) => ALPHABET[Number.parseInt(six.padEnd(6, "0"), 2)]!).join("");
}

/** What `given` says stays as it is; an empty value is none. */
export function fillIn(settings: readonly Setting[], chance: Chance, given: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const values = new Map([...given].filter(([, value]) => value !== ""));
  for (const { name, from, makes, value } of settings) {
    if (values.has(name)) continue;
    if (from === "generated" && makes) values.set(name, makeSecret(makes, chance));
    if (from === "fixed" && value !== undefined) values.set(name, value);
  }
  return derive(settings, values);
}

/** What is derived may follow from what is derived itself, so it takes as many turns as there are. */
function derive(settings: readonly Setting[], values: Map<string, string>): ReadonlyMap<string, string> {
  for (const _ of settings) {
    for (const { name, derive: rule } of settings) {
      const value = rule && !values.has(name) ? rule.as(values) : undefined;
      if (value !== undefined) values.set(name, value);
    }
  }
  return values;
}
