export * from "./circuits.ts";
export * from "./slots.ts";
