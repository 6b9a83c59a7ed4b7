/** The process that looks at pictures for another one, and ends with it. */
import { writeFileSync } from "node:fs";
import { PictureRefused, type MaskForm, type MediaSource, type PictureLimits, type PictureRefusal, type PictureSize } from "@cooly/engine/ports";
import { createSharpPictures } from "./pictures.ts";

export type Question =
  | { readonly act: "examine"; readonly source: MediaSource; readonly into: string }
  | {
      readonly act: "examineMask";
      readonly source: MediaSource;
      readonly request: { readonly into: string; readonly of?: PictureSize; readonly form?: MaskForm };
    }
  | { readonly act: "shrink"; readonly copy: { readonly path: string }; readonly into: string }
  | { readonly act: "writeMask"; readonly mask: { readonly path: string }; readonly request: { readonly into: string; readonly form: MaskForm } };

export type Answer = { readonly value: unknown } | { readonly refused: PictureRefusal; readonly cause: string } | { readonly trouble: string };

const pictures = createSharpPictures(JSON.parse(process.argv[2]!) as PictureLimits);

function act(question: Question): Promise<unknown> {
  switch (question.act) {
    case "examine":
      return pictures.examine(question.source, question.into);
    case "examineMask":
      return pictures.examineMask(question.source, question.request);
    case "shrink":
      return pictures.shrink(question.copy, question.into);
    case "writeMask":
      return pictures.writeMask(question.mask, question.request);
  }
}

async function answer(question: Question): Promise<Answer> {
  try {
    return { value: await act(question) };
  } catch (error) {
    if (error instanceof PictureRefused) return { refused: error.code, cause: String(error.cause) };
    return { trouble: String(error) };
  }
}

try {
  // Where memory ends, this process is the one that the system may end, and no other beside it.
  writeFileSync("/proc/self/oom_score_adj", "1000");
} catch {
  // Only Linux has this, and not everywhere.
}

process.on("disconnect", () => process.exit());
process.on("message", (question: Question) => void answer(question).then((said) => process.send?.(said)));
