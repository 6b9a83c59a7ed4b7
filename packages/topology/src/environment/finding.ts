/** What a look at a file of variables finds. No sentence holds the value of a secret. */
export interface EnvironmentFinding {
  readonly code: "missing" | "wrong" | "example" | "weak" | "contradiction" | "unsafe" | "unknown" | "former" | "twice";
  readonly level: "failure" | "warning";
  readonly name: string;
  readonly says: string;
  readonly fix?: string;
}

export const failure = (code: EnvironmentFinding["code"], name: string, words: { says: string; fix?: string }): EnvironmentFinding => ({
  code,
  level: "failure",
  name,
  ...words,
});
export const warning = (code: EnvironmentFinding["code"], name: string, words: { says: string; fix?: string }): EnvironmentFinding => ({
  code,
  level: "warning",
  name,
  ...words,
});
