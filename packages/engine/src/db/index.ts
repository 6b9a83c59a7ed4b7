export * from "./database.ts";
export * from "./doorbell.ts";
export * from "./gather.ts";
export * from "./migrate.ts";
export * from "./outage.ts";
