/** Where the value of a variable comes from, in one topology. */
export interface Setting {
  readonly name: string;
  readonly from: "generated" | "asked" | "derived" | "fixed" | "optional";
  readonly value?: string;
  readonly asks?: string;
  readonly example?: string;
  readonly says: string;
  readonly services: readonly string[];
}
