import { stringify } from "yaml";

export interface RenderedFile {
  /** Below the folder that is rendered into, with `/`. */
  readonly path: string;
  readonly text: string;
  /** A program. */
  readonly executable?: boolean;
}

/** Each line as a comment. */
export const comment = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");

export const yamlFile = (path: string, header: string, value: object): RenderedFile => ({
  path,
  text: `${comment(header)}\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: "literal", compat: "yaml-1.1" })}`,
});

export const jsonFile = (path: string, value: object): RenderedFile => ({ path, text: `${JSON.stringify(value, null, 2)}\n` });

export const made = (kind: string): string => `Made by \`cooly deploy render ${kind}\`; render it again rather than editing it.`;
