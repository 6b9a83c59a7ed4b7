/** docs/reference/topology.md: what a topology is made of, and what an operator chooses. */
import { z } from "zod";
import { Options } from "../schema/options.ts";
import { Address, Cost, Health, Host, Link, Network, ServiceEntry, Topology, Volume } from "../schema/topology.ts";

const parts = { Topology, Host, Service: ServiceEntry, Health, Address, Network, Link, Volume, Cost } as const;

interface Json {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
}

const jsonOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;

export const renderTopologyPage = (): string => `# A topology

Made from \`packages/topology/src/schema\`; do not edit by hand. A deployment is data: services, where they run, who reaches whom, what is
kept and what is paid for. Files are made of it (\`cooly deploy render\`), and rules look at them (\`cooly deploy check\`).

## What an operator chooses

${table(jsonOf(Options))}

${Object.entries(parts)
  .map(([name, schema]) => `## ${name}\n\n${table(jsonOf(schema))}`)
  .join("\n\n")}
`;

function table(schema: Json): string {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map((choice) => table(choice)).join("\n\n");
  const rows = Object.entries(schema.properties ?? {}).map(([name, json]) => {
    const fallback = json.default === undefined || isEmpty(json.default) ? "" : `\`${JSON.stringify(json.default)}\``;
    return `| \`${name}\` | ${kindOf(json)} | ${fallback} | ${json.description ?? json.items?.description ?? ""} |`;
  });
  return ["| member | what | default | says |", "|---|---|---|---|", ...rows].join("\n");
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function kindOf({ type, enum: values, const: only, items, properties }: Json): string {
  if (values) return values.map((value) => `\`${String(value)}\``).join(" or ");
  if (only !== undefined) return `\`${String(only)}\``;
  if (type === "array") return `list of ${items?.properties ? Object.keys(items.properties).join(", ") : kindOf(items ?? {})}`;
  if (properties) return Object.keys(properties).join(", ");
  return type ?? "one of several, see there";
}
