import { variables, type Variable, type VariableType } from "./variables.ts";

const listed: readonly Variable[] = variables;

/** docs/reference/environment.md */
export function renderEnvironmentPage(): string {
  const rows = listed.map(
    (variable) =>
      `| \`${variable.name}\` | ${describe(variable.type)} | ${variable.default === undefined ? "" : `\`${variable.default || "(empty)"}\``} | ${variable.roles.join(", ")} | ${variable.says}${alsoCalled(variable)}${variable.secret ? " **Secret.**" : ""} |`,
  );
  return `# Environment

Made from \`packages/topology/src/environment/variables.ts\`; do not edit by hand.

Every process checks what it needs at start, reports all mistakes at once and ends with exit code 78 if there is one.
\`.env\` in the working directory is read too; what is set in the environment wins. \`NAME_FILE\` reads the value of \`NAME\` from a file.

| variable | type | default | read by | what it says |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

const alsoCalled = ({ aliases = [] }: Variable): string => (aliases.length > 0 ? ` Also called ${aliases.map((name) => `\`${name}\``).join(", ")}.` : "");

/** .env.example */
export function renderEnvironmentExample(): string {
  const blocks = listed.map((variable) => `# ${variable.says}\n#${variable.name}=${variable.default ?? (variable.secret ? "" : variable.example)}`);
  return `# Everything that can be set; nothing has to be for \`npm start\`. Made from the schema, see docs/reference/environment.md.\n\n${blocks.join("\n\n")}\n`;
}

function describe(type: VariableType): string {
  switch (type.kind) {
    case "integer":
      return `${type.min} to ${type.max}`;
    case "enum":
      return type.values.map((value) => `\`${value}\``).join(" or ");
    case "url":
      return `\`${type.protocols[0]!}//\` address`;
    case "string":
      return type.minLength === undefined ? "text" : `text, at least ${type.minLength} characters`;
    case "decimal":
      return "number above 0";
    case "boolean":
      return "`true` or `false`";
    case "list":
      return "list with commas";
  }
}
