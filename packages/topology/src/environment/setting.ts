/** Where the value of a variable comes from, in one topology. */
export interface Setting {
  readonly name: string;
  /** Who reads it: processes of the topology, and programs beside them. */
  readonly services: readonly string[];
  readonly secret: boolean;
  /**
   * - `generated`: made once, by chance; `makes` says how.
   * - `asked`: only a person can know it; `asks` is the sentence.
   * - `derived`: made from others by `derive`.
   * - `fixed`: `value`, as this topology is built that way.
   * - `optional`: left out, unless somebody wants it.
   */
  readonly from: "generated" | "asked" | "derived" | "fixed" | "optional";
  readonly makes?: SecretForm;
  readonly asks?: string;
  readonly example?: string;
  readonly value?: string;
  readonly derive?: Derivation;
  /** What it is for. */
  readonly says: string;
}

/** `base64url`: 32 bytes in the letters A-Z a-z 0-9 _ and -, which no file of variables and no address has to escape. Garage takes its own two forms only. */
export type SecretForm = "base64url" | "hex" | "garage-key-id" | "access-key-id";

export interface Derivation {
  readonly of: readonly string[];
  /** Undefined where one of them is not there yet. */
  readonly as: (values: ReadonlyMap<string, string>) => string | undefined;
}

/** `https://{API_DOMAIN}`: each name in braces stands for its value. */
export function template(text: string): Derivation {
  const of = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  return {
    of,
    as: (values) => (of.every((name) => (values.get(name) ?? "") !== "") ? text.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name)!) : undefined),
  };
}
