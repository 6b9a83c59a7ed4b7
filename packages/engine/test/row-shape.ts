/** Whether a statement's row, as declared, can be what PostgreSQL answers. */
import { z } from "zod";
import type { Column } from "./describe-statement.ts";

const INTEGERS = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
const fits: Readonly<Record<string, readonly string[]>> = {
  string: ["text", "uuid", "character varying", "name"],
  enum: ["text"],
  literal: ["text"],
  number: INTEGERS,
  int: INTEGERS,
  boolean: ["boolean"],
  date: ["timestamp with time zone"],
  object: ["jsonb"],
  record: ["jsonb"],
  array: ["json", "jsonb", "text[]", "uuid[]", "integer[]"],
};

interface Unwrapped {
  readonly kind: string;
  readonly nullable: boolean;
}

function unwrap(schema: z.core.$ZodType, nullable = false): Unwrapped {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return unwrap(schema.unwrap(), true);
  if (schema instanceof z.ZodCatch) return unwrap(schema.unwrap(), nullable);
  return { kind: schema._zod.def.type, nullable };
}

/** One sentence for each difference. */
export function shapeProblems(row: z.ZodType, columns: readonly Column[]): string[] {
  if (!(row instanceof z.ZodObject)) return ["the row is not an object"];
  const shape = row.shape as Readonly<Record<string, z.core.$ZodType>>;
  const found = new Map(columns.filter(({ type }) => type !== "void").map((column) => [column.name, column]));
  const missing = Object.keys(shape).filter((name) => !found.has(name));
  const unread = [...found.keys()].filter((name) => !Object.hasOwn(shape, name));
  return [
    ...missing.map((name) => `${name} is declared, and not a column`),
    ...unread.map((name) => `${name} is a column, and not declared`),
    ...Object.entries(shape).flatMap(([name, schema]) => {
      const column = found.get(name);
      return column ? columnProblems(column, unwrap(schema)) : [];
    }),
  ];
}

function columnProblems({ name, type, nullable }: Column, declared: Unwrapped): string[] {
  if (declared.kind === "unknown") return [];
  return [
    ...(fits[declared.kind]?.includes(type) ? [] : [`${name} is declared as ${declared.kind}, and is ${type}`]),
    ...(nullable && !declared.nullable ? [`${name} may be null, and is not declared so`] : []),
  ];
}
