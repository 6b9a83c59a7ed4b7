import { Fault, type FailureCode } from "@cooly/contract";

/** What PostgreSQL cannot keep and no program means: NUL, or half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

const PATH_MAX = 200;

export const pointer = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("")
    .toWellFormed()
    .slice(0, PATH_MAX);

/** Looks at every name and string of a parsed body, without recursion. Throws for what must not go further. */
export function refuseUnstorable(body: unknown): void {
  const open: { path: readonly PropertyKey[]; value: unknown }[] = [{ path: [], value: body }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, value } = next;
    if (typeof value === "string" && !isStorable(value)) throw refusal("invalid_parameter", path, "holds a NUL or half of a surrogate pair");
    if (value === null || typeof value !== "object") continue;
    for (const [name, member] of Object.entries(value)) {
      const at = [...path, name];
      if (name === "__proto__") throw refusal(path[0] === "input" ? "unsupported_parameter" : "unknown_field", at, "does not exist");
      if (!isStorable(name)) throw refusal("invalid_parameter", path, "has a name with a NUL or half of a surrogate pair");
      open.push({ path: at, value: member });
    }
  }
}

function refusal(code: FailureCode, path: readonly PropertyKey[], what: string): Fault {
  return new Fault(code, { say: `${pointer(path) || "The body"} ${what}.`, issues: [{ path: pointer(path), message: what }] });
}
