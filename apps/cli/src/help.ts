/** Help, made from the commands' schemas. */
import { z } from "zod";
import type { Command } from "./command.ts";

export const isFlag = (schema: z.ZodType): boolean => inner(schema) instanceof z.ZodBoolean;

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? inner(schema.unwrap() as z.ZodType) : schema;
}

export const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What there is, in a line each. */
export const overview = (commands: readonly Command[]): string =>
  [
    "cooly: the operator's tool",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`),
    "",
    "cooly help <command> says more, with an example. Every command takes --json.",
    "Exit codes: 0 good, 1 the answer is no, 2 wrong use, 78 a mistake in the environment.",
  ].join("\n");

/** One command's help. */
export function help(command: Command): string {
  const shape = command.options.shape as Readonly<Record<string, z.ZodType>>;
  const places = command.places.map((name) => (name.startsWith("...") ? `[${name.slice(3)} ...]` : `<${name}>`));
  const rows = Object.entries(shape).map(([name, schema]) => {
    const placed = command.places.some((given) => given.replace("...", "") === name);
    const shown = placed ? `<${name}>` : `--${dashed(name)}${isFlag(schema) ? "" : ` <${name}>`}`;
    return `  ${shown.padEnd(28)} ${descriptionOf(schema)}`.trimEnd();
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

/** What is optional, or has a default, wraps what was described. */
function descriptionOf(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  const inner = (schema as { readonly def?: { readonly innerType?: z.ZodType } }).def?.innerType;
  return inner ? descriptionOf(inner) : "";
}
