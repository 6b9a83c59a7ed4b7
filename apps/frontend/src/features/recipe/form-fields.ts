import { fileParamsOf, type FileParam, type UiHint } from "@cooly/contract";

/** One parameter of a model, ready to be drawn. */
export interface FormField {
  readonly name: string;
  readonly control: UiHint["control"];
  readonly group: UiHint["group"];
  readonly label: string;
  readonly help: string | undefined;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly choices: readonly { readonly value: string | number; readonly label: string }[];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly step: number | undefined;
  readonly maxLength: number | undefined;
  /** Of a list. */
  readonly maxItems: number | undefined;
  /** What it takes, if that is a file. */
  readonly file: FileParam | undefined;
  readonly whole: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const numberOr = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const textOr = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const groups: readonly UiHint["group"][] = ["prompt", "main", "advanced"];
const controls: readonly UiHint["control"][] = ["prompt", "select", "size", "seed", "number", "slider", "toggle", "text", "image", "image-list", "frame", "mask", "audio"];

/** The form of a model, from the JSON Schema of its input. A parameter without a hint still gets a control, among the advanced. */
export function formFields(params: Json): FormField[] {
  const properties = isRecord(params["properties"]) ? params["properties"] : {};
  const files = fileParamsOf(params);
  const required = new Set(Array.isArray(params["required"]) ? params["required"] : []);
  return Object.entries(properties)
    .flatMap(([name, schema], index) => (isRecord(schema) ? [{ field: { ...fieldOf(name, schema, required.has(name)), file: files.find((file) => file.name === name) }, order: orderOf(schema, index) }] : []))
    .sort((one, other) => groups.indexOf(one.field.group) - groups.indexOf(other.field.group) || one.order - other.order)
    .map(({ field }) => field);
}

const hintOf = (schema: Json): Json => (isRecord(schema["x-ui"]) ? schema["x-ui"] : {});
const orderOf = (schema: Json, index: number): number => numberOr(hintOf(schema)["order"]) ?? 1000 + index;

function fieldOf(name: string, schema: Json, required: boolean): Omit<FormField, "file"> {
  const hint = hintOf(schema);
  const labels = isRecord(hint["labels"]) ? hint["labels"] : {};
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : [];
  const whole = typesOf(schema).includes("integer");
  return {
    name,
    control: controls.find((control) => control === hint["control"]) ?? guessControl(schema),
    group: groups.find((group) => group === hint["group"]) ?? "advanced",
    label: textOr(hint["label"]) ?? textOr(schema["title"]) ?? spell(name),
    help: textOr(hint["help"]) ?? textOr(schema["description"]),
    required,
    fallback: schema["default"],
    choices: values
      .filter((value): value is string | number => typeof value === "string" || typeof value === "number")
      .map((value) => ({ value, label: textOr(labels[String(value)]) ?? String(value) })),
    min: numberOr(schema["minimum"]),
    max: numberOr(schema["maximum"]),
    step: numberOr(schema["multipleOf"]) ?? (whole ? 1 : undefined),
    maxLength: numberOr(schema["maxLength"]),
    maxItems: numberOr(schema["maxItems"]),
    whole,
  };
}

const typesOf = ({ type }: Json): readonly unknown[] => (Array.isArray(type) ? type : [type]);

function guessControl(schema: Json): UiHint["control"] {
  const types = typesOf(schema);
  if (Array.isArray(schema["enum"])) return "select";
  if (types.includes("boolean")) return "toggle";
  return types.includes("integer") || types.includes("number") ? "number" : "text";
}

const spell = (name: string): string => {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export type Values = Readonly<Record<string, unknown>>;

/** What is sent: every value that was chosen, or that the model would take by itself; nothing empty, nothing the model does not have. */
export function inputOf(fields: readonly FormField[], prompt: string, values: Values): Record<string, unknown> {
  const pairs = fields.map((field): [string, unknown] => [field.name, field.control === "prompt" ? prompt.trim() : valueOf(field, values)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined && value !== null && value !== ""));
}

export function valueOf(field: FormField, values: Values): unknown {
  const given = values[field.name];
  if (given === undefined) return field.fallback;
  // A choice that the model no longer offers, from an older visit or another version.
  if (field.choices.length > 0 && !field.choices.some(({ value }) => value === given)) return field.fallback;
  return given;
}

/** How many of these differ from what the model takes by itself. */
export const countChanged = (fields: readonly FormField[], values: Values): number =>
  fields.filter((field) => {
    const value = valueOf(field, values);
    return value !== field.fallback && value !== undefined && value !== null && value !== "";
  }).length;

/** The settings of an earlier generation, as far as this form has them. */
export const recipeOf = (fields: readonly FormField[], input: Values): Values =>
  Object.fromEntries(fields.filter(({ name, control }) => control !== "prompt" && input[name] !== undefined).map(({ name }) => [name, input[name]]));

/** The field that a server's complaint is about: `/input/size`, `input.size` and `size` are all `size`. */
export function fieldOfPath(path: string): string {
  const parts = path.split(/[/.]/).filter(Boolean);
  return (parts[0] === "input" ? parts[1] : parts[0]) ?? "";
}
