export * from "./books.ts";
export * from "./objects.ts";
export * from "./provider-log.ts";
export * from "./prove.ts";
export type { Violation } from "./violation.ts";
