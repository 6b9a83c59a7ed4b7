export * from "./environment/parse.ts";
export * from "./environment/render.ts";
export * from "./environment/variables.ts";
