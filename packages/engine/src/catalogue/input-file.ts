import type { FieldRule, FileForm } from "@cooly/contract";

const isForm = (as: FieldRule["as"]): as is FileForm => as === "data_uri" || as === "base64" || as === "url" || as === "file";

/** Stands in a mapped request where a file comes: its bytes are fetched right before it is sent. */
export class InputFile {
  /** Public id. Empty as long as the file lies elsewhere: then nothing is sent yet. */
  readonly upload: string;
  readonly form: FileForm;
  /** Whether it is a mask that the vendor reads by transparency. */
  readonly byAlpha: boolean;

  constructor(upload: string, form: FileForm, byAlpha: boolean) {
    this.upload = upload;
    this.form = form;
    this.byAlpha = byAlpha;
  }
}

export const namesFile = ({ as }: FieldRule): boolean => isForm(as);

/** Of a file, or of each in a list; undefined for what is none. */
export function toInputFiles({ as, mask }: FieldRule, value: unknown): unknown {
  if (!isForm(as)) return undefined;
  if (Array.isArray(value)) {
    const files = value.map((one) => toInputFiles({ as, mask, to: "" }, one));
    return files.includes(undefined) ? undefined : files;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { upload } = value as { upload?: unknown };
  return new InputFile(typeof upload === "string" ? upload : "", as, mask === "alpha");
}
