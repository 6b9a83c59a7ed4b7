/** docs/reference/http-api.md, from the contract. */
import { everywhere, failures, routes, type Access, type RouteDefinition } from "@cooly/contract";
import { z } from "zod";

const access: Readonly<Record<Access, string>> = {
  public: "everybody",
  person: "a signed-in person",
  operator: "whoever holds the operator's token",
  "generations:read": "a signed-in person, or a key with `generations:read`",
  "generations:write": "a signed-in person, or a key with `generations:write`",
  "account:read": "a signed-in person, or a key with `account:read`",
};

interface Field {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly $ref?: string;
}

function words(field: Field): string {
  if (field.$ref) return field.$ref.replace(/^.*\//, "");
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(" or ");
  if (field.anyOf) return field.anyOf.map(words).join(" or ");
  if (field.type === "array") return field.items ? `list of ${words(field.items)}` : "list";
  const range = [field.minimum, field.maximum].every((bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER)
    ? ` from ${field.minimum} to ${field.maximum}`
    : "";
  const length = field.maxLength === undefined ? "" : `, ${field.minLength ? `${field.minLength} to` : "at most"} ${field.maxLength} characters`;
  return `${field.type ?? "any"}${range}${length}`;
}

function fields(title: string, schema: z.ZodType | undefined): string[] {
  if (!schema) return [];
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as { properties?: Record<string, Field>; required?: string[] };
  const rows = Object.entries(shape.properties ?? {}).map(([name, field]) => {
    const needed = shape.required?.includes(name) ? "required" : field.default === undefined ? "" : `default \`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${words(field)} | ${[needed, field.description].filter(Boolean).join("; ")} |`;
  });
  return rows.length === 0 ? [] : [`${title}:`, "", "| name | type | |", "|---|---|---|", ...rows, ""];
}

function success({ success: answer }: RouteDefinition): string {
  const named = answer.body?.meta()?.["id"];
  const what = answer.mediaType ? `\`${answer.mediaType}\`` : named ? `a ${named as string}` : "JSON";
  return `Success: ${answer.status}, ${what}. ${answer.description}`;
}

function section(route: RouteDefinition): string {
  const declared = route.failures.map((code) => `\`${code}\` ${failures[code].status}`);
  return [
    `## ${route.method} ${route.path}`,
    "",
    `${route.summary} (\`${route.name}\`)`,
    "",
    `For ${access[route.access]}.`,
    "",
    ...fields("Path", route.params),
    ...fields("Query", route.query),
    ...fields("Headers", route.headers),
    ...fields("Body", route.body),
    success(route),
    "",
    `Failures: ${declared.length === 0 ? "none of its own" : declared.join(", ")}.`,
  ].join("\n");
}

export const renderHttpApi = (): string =>
  `# HTTP API

Made from \`packages/contract/src/routes\`; do not edit by hand. The same schemas check requests and make \`GET /openapi.json\`, where the shapes of answers are.

Any route may also fail with ${everywhere.map((code) => `\`${code}\``).join(", ")}. What each code means: [failures.md](failures.md).

${routes.map(section).join("\n\n")}
`;
