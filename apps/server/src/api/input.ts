import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { Fault, type FailureCode, type FaultIssue, type ModelManifest } from "@cooly/contract";
import { spellFiles } from "./files.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true, useDefaults: true, ownProperties: true });
const ISSUES_MAX = 20;
const compiled = new WeakMap<ModelManifest, ValidateFunction>();

/** The input with the model's defaults filled in, checked against the model's own schema. The given object is left as it is. */
export function checkInput(model: ModelManifest, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { prompt } = given;
  const takesPrompt = Object.hasOwn((model.params["properties"] ?? {}) as object, "prompt");
  if (takesPrompt && (prompt === undefined || (typeof prompt === "string" && prompt.trim() === ""))) {
    throw new Fault("prompt_required", { issues: [{ path: "/input/prompt", message: "A prompt is required." }] });
  }
  let validate = compiled.get(model);
  if (!validate) compiled.set(model, (validate = ajv.compile(model.params)));
  const input = spellFiles(model, copyOf(given) as Record<string, unknown>);
  if (validate(input)) return input;
  const allowed = Object.keys((model.params["properties"] ?? {}) as object);
  const issues = (validate.errors ?? []).slice(0, ISSUES_MAX).map((error) => toIssue(error, allowed));
  throw new Fault(issues[0]!.code!, { say: issues[0]!.message, issues });
}

/** Of parsed JSON; a structured clone takes ten times as long. */
function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}

export function checkOutputs(model: ModelManifest, outputs: number): void {
  if (outputs <= model.outputs.max) return;
  const message = `outputs must be at most ${model.outputs.max} for ${model.id}.`;
  throw new Fault("out_of_range", { say: message, issues: [{ path: "/outputs", message }] });
}

/** Which other parameter asks this of it. */
function besides({ schemaPath }: ErrorObject): string {
  const [, other] = /^#\/dependentSchemas\/(\w+)\//.exec(schemaPath) ?? [];
  return other === undefined ? "" : ` together with ${other}`;
}

function toIssue(error: ErrorObject, allowed: readonly string[]): FaultIssue {
  const path = `/input${error.instancePath}`;
  const issue = (code: FailureCode, message: string, at = path): FaultIssue => ({ path: at, code, message });
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties": {
      const name = String(params["additionalProperty"]).slice(0, 100);
      return issue("unsupported_parameter", `There is no parameter ${name}; this model has ${allowed.join(", ")}.`, `/input/${name}`);
    }
    case "required":
      return issue("invalid_parameter", `${String(params["missingProperty"])} is required.`, `/input/${String(params["missingProperty"])}`);
    case "enum":
      return issue("invalid_parameter", `${path} must be one of ${(params["allowedValues"] as unknown[]).join(", ")}${besides(error)}.`);
    case "const":
      return issue("invalid_parameter", `${path} must be ${JSON.stringify(params["allowedValue"])}${besides(error)}.`);
    case "false schema":
      return issue("invalid_parameter", `${path} cannot be given${besides(error)}.`);
    case "dependentRequired":
      return issue(
        "invalid_parameter",
        `${String(params["property"])} needs ${String(params["missingProperty"])} beside it.`,
        `/input/${String(params["missingProperty"])}`,
      );
    case "maxLength":
      return path === "/input/prompt"
        ? issue("prompt_too_long", `The prompt has more than ${String(params["limit"])} characters.`)
        : issue("invalid_parameter", `${path} ${error.message}.`);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return issue("out_of_range", `${path} ${error.message}.`);
    default:
      return issue("invalid_parameter", `${path} ${error.message ?? "is not valid"}.`);
  }
}
