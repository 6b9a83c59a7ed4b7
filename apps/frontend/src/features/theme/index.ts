export { setTheme, themes, useTheme, type Theme } from "./theme.ts";
export { themeScript } from "./theme-script.ts";
