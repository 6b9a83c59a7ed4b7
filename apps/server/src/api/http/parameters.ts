import type { z } from "zod";
import { Fault, type FailureCode, type FaultIssue } from "@cooly/contract";
import { fault } from "./problem.ts";
import { isStorable, pointer } from "./text.ts";

const ISSUES_MAX = 20;

/** The query as names and single values. Twice the same name, or a nested one, says two things at once and is refused. */
export function readQuery(url: string): Record<string, string> {
  const at = url.indexOf("?");
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  if (at < 0) return query;
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    const shown = name.slice(0, 100);
    if (/[[\]]/.test(name)) throw fault("invalid_parameter", shown, "Parameters cannot be nested.");
    if (name in query) throw fault("invalid_parameter", shown, "This parameter was given more than once.");
    if (!isStorable(name) || !isStorable(value)) throw fault("invalid_parameter", shown, "A parameter cannot hold a NUL.");
    query[name] = value;
  }
  return query;
}

/** Parses, or throws a fault whose code is that of the first thing wrong. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown, where: "body" | "query"): z.infer<Schema> {
  const parsed = schema.safeParse(where === "query" ? { ...(value as object) } : value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, ISSUES_MAX).flatMap((issue) => issuesOf(issue, value, where));
  const first = issues[0]!;
  throw new Fault(first.code, { say: first.path === "" ? first.message : `${first.path}: ${first.message}`, issues });
}

type Issue = FaultIssue & { readonly code: FailureCode };

function issuesOf(issue: z.core.$ZodIssue, value: unknown, where: "body" | "query"): Issue[] {
  const name = (path: readonly PropertyKey[]): string => (where === "query" ? path.map(String).join(".") : pointer(path));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, ISSUES_MAX).map((key) => ({ path: name([...issue.path, key.slice(0, 100)]), message: "does not exist", code: "unknown_field" }));
  }
  if (where === "query" && issue.path[0] === "after") return [{ path: "after", message: "is not a cursor of this list", code: "invalid_cursor" }];
  return [{ path: name(issue.path), message: issue.message, code: codeOf(issue, valueAt(value, issue.path)) }];
}

function codeOf(issue: z.core.$ZodIssue, value: unknown): FailureCode {
  if (issue.code === "too_big" || issue.code === "too_small") return ["number", "int", "bigint"].includes(issue.origin) ? "out_of_range" : "invalid_parameter";
  // JSON has numbers that no double holds; they are out of any range.
  return typeof value === "number" && (Math.abs(value) === Infinity || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    ? "out_of_range"
    : "invalid_parameter";
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
