import { variables, type RoleName, type Variable, type VariableName, type VariableType } from "./variables.ts";

export type Value = string | number | boolean | readonly string[];

export interface ParsedEnvironment {
  readonly values: ReadonlyMap<VariableName, Value>;
  /** One sentence each; none of them holds a value that is secret. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface ParseOptions {
  readonly roles: readonly RoleName[];
  /** What must be set here beside what must be set everywhere. */
  readonly required?: readonly VariableName[];
  /** For `NAME_FILE`; throws if it cannot be read. */
  readonly readFile: (path: string) => string;
}

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

/** Reads what these roles need, and reports everything that is wrong at once. */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  { roles, required = [], readFile }: ParseOptions,
): ParsedEnvironment {
  const values = new Map<VariableName, Value>();
  const problems: string[] = [];
  const needed = (variables as readonly Variable[]).filter((variable) => variable.roles.some((role) => roles.includes(role)));
  for (const variable of needed) {
    try {
      const text = textOf(variable, environment, readFile);
      if (text === undefined && (required as readonly string[]).includes(variable.name)) throw new Error("is required here");
      if (text !== undefined) values.set(variable.name as VariableName, convert(variable.type, text));
    } catch (error) {
      const given = variable.secret ? "" : quote(environment[variable.name]);
      problems.push(`${variable.name}${given} ${(error as Error).message}, for example ${variable.example}.`);
    }
  }
  return { values, problems, warnings: lookAlikes(environment) };
}

const quote = (value: string | undefined): string => (value === undefined ? "" : ` (${JSON.stringify(value.slice(0, 80))})`);

function textOf(variable: Variable, environment: Readonly<Record<string, string | undefined>>, readFile: (path: string) => string): string | undefined {
  const texts = namesOf(variable).map((name) => ({ name, text: textUnder(name, environment, readFile) }));
  const [first, other] = texts.filter(({ text }) => text !== undefined && text !== "");
  if (other && other.text !== first!.text) throw new Error(`says one thing as ${first!.name} and another as ${other.name}; keep one`);
  if (first) return first.text;
  if (variable.required) throw new Error("is required");
  return variable.default;
}

const namesOf = ({ name, aliases = [] }: Variable): readonly string[] => [name, ...aliases];

function textUnder(name: string, environment: Readonly<Record<string, string | undefined>>, readFile: (path: string) => string): string | undefined {
  const file = environment[`${name}_FILE`];
  const given = environment[name];
  if (file !== undefined && given !== undefined) throw new Error(`and ${name}_FILE are both set; keep one`);
  if (file === undefined) return given?.trim();
  try {
    return readFile(file).trim();
  } catch {
    throw new Error(`cannot be read from the file that ${name}_FILE names`);
  }
}

function convert(type: VariableType, text: string): Value {
  switch (type.kind) {
    case "string":
      if (type.minLength !== undefined && text.length < type.minLength) throw new Error(`must have at least ${type.minLength} characters`);
      return text;
    case "url":
      return url(text, type.protocols);
    case "integer":
      return integer(text, type);
    case "decimal":
      if (/^\d{1,6}(\.\d{1,12})?$/.test(text) && Number(text) > 0) return text;
      throw new Error("must be a number above 0");
    case "boolean":
      if (TRUE.includes(text.toLowerCase())) return true;
      if (FALSE.includes(text.toLowerCase())) return false;
      throw new Error("must be true or false");
    case "enum":
      if (type.values.includes(text)) return text;
      throw new Error(`must be one of ${type.values.join(", ")}${suggestion(text, type.values)}`);
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
  }
}

function integer(text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max) throw new Error(`must be a whole number from ${min} to ${max}`);
  return value;
}

function url(text: string, protocols: readonly string[]): string {
  const wanted = protocols.map((protocol) => `${protocol}//`).join(" or ");
  if (!protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))) throw new Error(`must begin with ${wanted}`);
  const isWhole = /^[^\s]*$/.test(text) && !/%(?![0-9a-f]{2})/i.test(text) && URL.canParse(text) && new URL(text).hostname !== "";
  // A parser takes an @, / or # of a password for the end of something, and then looks for a host that nobody meant.
  const isPlain = text.split("@").length <= 2 && !/[/?#].*@/.test(text.slice(text.indexOf("//") + 2)) && !text.includes("#");
  if (!isWhole || !isPlain) {
    throw new Error(`must be one whole address that begins with ${wanted}, in which @ : / ? # and % of a password are written as %40 %3A %2F %3F %23 and %25`);
  }
  return text.replace(/\/$/, "");
}

function suggestion(text: string, values: readonly string[]): string {
  const near = values.find((value) => distance(text.toLowerCase(), value) <= 2);
  return near ? `; did you mean ${near}?` : "";
}

const known = new Set<string>((variables as readonly Variable[]).flatMap(namesOf).flatMap((name) => [name, `${name}_FILE`]));

function lookAlikes(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment).flatMap((name) => {
    if (known.has(name) || name.length < 6) return [];
    const strange = [...name].find((letter) => letter > "\u007f");
    const near = [...known].find((candidate) => candidate.length >= 6 && distance(name, candidate) <= (strange ? 3 : 1));
    if (!near) return [];
    const why = strange ? ` (it holds U+${strange.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")})` : "";
    return [`${name} is not a variable of ours${why}; did you mean ${near}?`];
  });
}

/** Levenshtein's. */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 4;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
