export const roles = ["api", "relay", "gen", "capture", "sweeper"] as const;
export type RoleName = (typeof roles)[number];

export type VariableType =
  | { readonly kind: "string"; readonly minLength?: number }
  | { readonly kind: "url"; readonly protocols: readonly string[] }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  /** Above zero, with at most twelve places; kept as text, so that it stays exact. */
  | { readonly kind: "decimal" }
  | { readonly kind: "boolean" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list" };

export interface Variable {
  readonly name: string;
  /** Other names of the same; what both are set to must be equal. */
  readonly aliases?: readonly string[];
  readonly type: VariableType;
  readonly secret?: boolean;
  /** Which processes read it. */
  readonly roles: readonly RoleName[];
  readonly default?: string;
  readonly required?: boolean;
  /** One sentence. */
  readonly says: string;
  readonly example: string;
}
