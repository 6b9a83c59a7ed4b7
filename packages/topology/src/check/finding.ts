/** What is wrong with files of a deployment, for a person: what, why, and what to do. */
export interface DeployFinding {
  /** A stable word. */
  readonly rule: string;
  readonly file: string;
  readonly says: string;
  readonly cause: string;
  readonly fix: string;
}

export interface DeployFile {
  readonly path: string;
  readonly text: string;
}

/** What a rule finds, of one file. */
export type Found = Omit<DeployFinding, "file">;
