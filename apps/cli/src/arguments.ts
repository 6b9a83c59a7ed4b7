import { z } from "zod";
import type { Command } from "./command.ts";

/** Wrong use: said on stderr with exit code 2. */
export class Misuse extends Error {}

/** The command that the words name, and the rest of them. */
export function findCommand(commands: readonly Command[], words: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const found = commands.find((candidate) => candidate.name === name);
    if (found) return { command: found, rest: words.slice(length) };
  }
  const given = words.slice(0, 2).join(" ");
  const near = commands.find(({ name }) => name.startsWith(words[0] ?? "") || name.endsWith(words[1] ?? words[0] ?? ""));
  throw new Misuse(`there is no command ${given}${near ? `; did you mean ${near.name}?` : ""}`);
}

/** Options by name and by place, checked by the command's schema. */
export function parseOptions(command: Command, words: readonly string[]): Record<string, unknown> {
  const shape = command.options.shape as Readonly<Record<string, z.ZodType>>;
  const given: Record<string, unknown> = { json: false };
  const placed: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (!word.startsWith("--")) {
      placed.push(word);
      continue;
    }
    const [flag = "", inline] = word.slice(2).split(/=(.*)/s, 2);
    const name = flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (name === "json") given["json"] = true;
    else if (!Object.hasOwn(shape, name)) throw new Misuse(`${command.name} has no option --${flag}`);
    else if (isFlag(shape[name]!)) given[name] = true;
    else {
      const value = inline ?? words[(at += 1)];
      if (value === undefined || (inline === undefined && value.startsWith("--"))) throw new Misuse(`--${flag} needs a value`);
      given[name] = value;
    }
  }
  place(command, placed, given);
  const { json, ...options } = given;
  const parsed = z.strictObject(shape).safeParse(options);
  if (!parsed.success) throw new Misuse(parsed.error.issues.map((issue) => `${nameOf(command, String(issue.path[0] ?? ""))}: ${issue.message}`).join("\n"));
  return { ...parsed.data, json };
}

function place(command: Command, placed: readonly string[], given: Record<string, unknown>): void {
  const rest = [...placed];
  for (const name of command.places) {
    if (name.startsWith("...")) given[name.slice(3)] = rest.splice(0);
    else if (rest.length > 0) given[name] = rest.shift();
  }
  if (rest.length > 0) throw new Misuse(`${command.name} does not take ${rest.join(" ")}`);
}

export const isFlag = (schema: z.ZodType): boolean => inner(schema) instanceof z.ZodBoolean;

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? inner(schema.unwrap() as z.ZodType) : schema;
}

export const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const nameOf = (command: Command, name: string): string =>
  command.places.some((given) => given.replace("...", "") === name) ? `<${name}>` : `--${dashed(name)}`;

/** One command's help, made from its schema. */
export function help(command: Command): string {
  const shape = command.options.shape as Readonly<Record<string, z.ZodType>>;
  const places = command.places.map((name) => (name.startsWith("...") ? `[${name.slice(3)} ...]` : `<${name}>`));
  const rows = Object.entries(shape).map(([name, schema]) => {
    const placed = command.places.some((given) => given.replace("...", "") === name);
    const shown = placed ? `<${name}>` : `--${dashed(name)}${isFlag(schema) ? "" : ` <${name}>`}`;
    return `  ${shown.padEnd(28)} ${schema.description ?? ""}`;
  });
  return [
    `cooly ${[command.name, ...places].join(" ")}`,
    "",
    command.summary,
    "",
    ...rows,
    `  ${"--json".padEnd(28)} The answer as JSON.`,
    "",
    `Example: ${command.example}`,
  ].join("\n");
}
