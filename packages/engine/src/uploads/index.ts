export * from "./file-kind.ts";
export * from "./keep-copy.ts";
export * from "./records.ts";
export * from "./upload-row.ts";
export * from "./uploads.ts";
