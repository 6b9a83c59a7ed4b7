/** Accounts at vendors of models, each optional: a key is what makes its models appear. */
import type { Variable } from "./variable.ts";

const web = { kind: "url", protocols: ["http:", "https:"] } as const;
// The API offers what there are keys for, workers use them, and the sweeper knows what a second start would cost.
const users = ["api", "gen", "capture", "sweeper"] as const;

export const vendorVariables = [
  {
    name: "BYTEPLUS_ARK_API_KEY",
    type: { kind: "string" },
    secret: true,
    roles: users,
    says: "A key of BytePlus ModelArk: with it there are Seedream's pictures and Seedance's films.",
    example: "a key from the ModelArk console",
  },
  {
    name: "BYTEPLUS_ARK_BASE_URL",
    type: web,
    roles: users,
    default: "https://ark.ap-southeast.bytepluses.com/api/v3",
    says: "ModelArk's region, for example https://ark.eu-west.bytepluses.com/api/v3.",
    example: "https://ark.ap-southeast.bytepluses.com/api/v3",
  },
] as const satisfies readonly Variable[];
