export * from "./accounts/index.ts";
export * from "./catalogue/index.ts";
export * from "./db/index.ts";
export * from "./generations/index.ts";
export * from "./ledger/index.ts";
export * from "./outbox/lost.ts";
export * from "./outbox/relay.ts";
export * from "./verify/index.ts";
