export * from "./api-keys.ts";
export * from "./limits.ts";
export * from "./people.ts";
