import { distance } from "@cooly/topology";
import { z } from "zod";
import type { Command } from "./command.ts";
import { dashed, isFlag } from "./help.ts";

/** Wrong use: said on stderr with exit code 2. */
export class Misuse extends Error {}

/** The command that the words name, and the rest of them. */
export function findCommand(commands: readonly Command[], words: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const found = commands.find((candidate) => candidate.name === name);
    if (found) return { command: found, rest: words.slice(length) };
  }
  const given = words.slice(0, 2).filter((word) => !word.startsWith("-"));
  const family = commands.filter(({ name }) => name.startsWith(`${given[0]} `)).map(({ name }) => name);
  const near =
    nearest(
      given.join(" "),
      commands.map(({ name }) => name),
    ) ??
    nearest(
      given[0] ?? "",
      commands.map(({ name }) => name),
    );
  const hint = near ? `did you mean ${near}?` : family.length > 0 ? `there are ${family.join(", ")}` : null;
  throw new Misuse(`there is no command ${given.join(" ") || words[0]}${hint ? `; ${hint}` : ""}`);
}

/** One that differs by a slip or two, or begins or ends alike. */
function nearest(given: string, names: readonly string[]): string | undefined {
  if (given.length < 2) return undefined;
  const [best] = names.map((name) => ({ name, far: distance(given, name) })).toSorted((a, b) => a.far - b.far);
  if (best && best.far <= Math.min(2, given.length - 1)) return best.name;
  const alike = names.filter((name) => name.startsWith(given) || name.endsWith(` ${given}`));
  return alike.length === 1 ? alike[0] : undefined;
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** Options by name and by place, checked by the command's schema. */
export function parseOptions(command: Command, words: readonly string[]): Record<string, unknown> & { json: boolean } {
  const shape: Shape = command.options.shape;
  const given: Record<string, unknown> = {};
  const placed: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") placed.push(...rest.splice(0));
    else if (word.startsWith("-") && word.length > 1) take({ command, word, rest }, given);
    else placed.push(word);
  }
  place(command, placed, given);
  const { json, ...options } = given;
  const parsed = z.strictObject(shape).safeParse(options);
  if (!parsed.success) throw new Misuse(parsed.error.issues.map((issue) => complain(command, issue, options)).join("\n"));
  return { ...parsed.data, json: json === true };
}

function take({ command, word, rest }: { command: Command; word: string; rest: string[] }, given: Record<string, unknown>): void {
  const shape: Shape = command.options.shape;
  const [, flag = "", inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(word)!;
  const name = flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const places = command.places.map((taken) => taken.replace("...", ""));
  const names = ["json", "help", ...Object.keys(shape).filter((key) => !places.includes(key))];
  if (!word.startsWith("--") || !(name === "json" || Object.hasOwn(shape, name))) {
    const near = nearest(flag, names.map(dashed));
    throw new Misuse(`${command.name} has no option ${word.split("=")[0]}${near ? `; did you mean --${near}?` : ""}`);
  }
  if (Object.hasOwn(given, name)) throw new Misuse(`--${flag} is given twice`);
  if (name === "json" || isFlag(shape[name]!)) {
    if (inline !== undefined && inline !== "true" && inline !== "false") throw new Misuse(`--${flag} takes no value`);
    given[name] = inline !== "false";
    return;
  }
  const value = inline ?? rest.shift();
  if (value === undefined || (inline === undefined && value.startsWith("--"))) throw new Misuse(`--${flag} needs a value`);
  given[name] = value;
}

function place(command: Command, placed: readonly string[], given: Record<string, unknown>): void {
  const rest = [...placed];
  for (const name of command.places) {
    if (name.startsWith("...")) given[name.slice(3)] = rest.splice(0);
    else if (rest.length > 0) given[name] = rest.shift();
  }
  if (rest.length > 0) throw new Misuse(`${command.name} does not take ${rest.join(" ")}`);
}

function complain(command: Command, issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = String(issue.path[0] ?? "");
  const placed = command.places.some((taken) => taken.replace("...", "") === name);
  const shown = placed ? `<${name}>` : `--${dashed(name)}`;
  return Object.hasOwn(given, name) ? `${shown} ${issue.message}` : `${shown} is missing`;
}
