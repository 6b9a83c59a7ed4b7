export * from "./log.ts";
export * from "./plan.ts";
export * from "./server.ts";
