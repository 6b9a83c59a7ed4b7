/** docs/reference/statements.md, from the statements that the engine declares. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { declaredStatements } from "@cooly/engine";
import { z } from "zod";

const source = join(import.meta.dirname, "../../packages/engine/src");

interface Place {
  readonly file: string;
  readonly comment: string;
}

/** Where each statement stands, and what is said right above it. */
function places(): Map<string, Place> {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /(?<!\.test)\.ts$/.test(file));
  return new Map(
    files.toSorted().flatMap((file) =>
      [...readFileSync(join(source, file), "utf8").matchAll(/((?:^\/\/ .*\n)*)^(?:export )?const \w+ = statement\(\s*"([^"]+)"/gm)].map(
        ([, comment, name]) =>
          [
            name!,
            {
              file,
              comment: comment!
                .replaceAll(/^\/\/ /gm, "")
                .trim()
                .replaceAll("\n", " "),
            },
          ] as const,
      ),
    ),
  );
}

const typeOf = (schema: z.core.$ZodType): string =>
  schema instanceof z.ZodNullable || schema instanceof z.ZodOptional ? `${typeOf(schema.unwrap())} or null` : schema._zod.def.type;

const rowOf = (row: z.ZodType): string =>
  row instanceof z.ZodObject
    ? Object.entries(row.shape as Readonly<Record<string, z.core.$ZodType>>)
        .map(([name, schema]) => `\`${name}\` ${typeOf(schema)}`)
        .join(", ") || "nothing"
    : "the offending rows as they are";

export function renderStatements(): string {
  const found = places();
  const sections = [...declaredStatements()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, row }) => {
      const { file, comment } = found.get(name) ?? { file: "verify/index.ts", comment: "" };
      return [`## ${name}`, "", `\`${file}\`${comment ? `. ${comment}` : ""}`, "", `Row: ${rowOf(row)}.`].join("\n");
    });
  return `# SQL statements

Made from the statements in \`packages/engine/src\`; do not edit by hand. A name is the plan's name in the server, and its word in logs.
Tests prepare each on the migrated schema and compare its row with the columns that PostgreSQL answers. The tables are in \`packages/engine/schema.sql\`.

${sections.join("\n\n")}
`;
}
