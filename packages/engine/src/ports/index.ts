export * from "./clock.ts";
export * from "./downloads.ts";
export * from "./hook.ts";
export * from "./log.ts";
export * from "./media.ts";
export * from "./object-store.ts";
export * from "./provider.ts";
export * from "./queue.ts";
