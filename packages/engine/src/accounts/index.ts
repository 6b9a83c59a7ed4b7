export * from "./api-keys.ts";
export * from "./hits.ts";
export * from "./limits.ts";
export * from "./people.ts";
