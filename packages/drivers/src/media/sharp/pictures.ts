import type { PictureLimits, Pictures } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";
import { examinePicture, usualLimits } from "./examine-picture.ts";
import { examineMask, writeMask } from "./mask.ts";
import { shrink } from "./shrink.ts";

/** Reads PNG, JPEG, WebP, GIF and AVIF. */
export function createSharpPictures(limits: PictureLimits = usualLimits): Pictures {
  const gate = createGate(1);
  const alone = async <Value>(act: () => Promise<Value>): Promise<Value> => {
    const leave = await gate.enter();
    return act().finally(leave);
  };
  return {
    examine: (source, into) => alone(() => examinePicture(source, { into, limits })),
    examineMask: (source, request) => alone(() => examineMask(source, { ...request, limits })),
    shrink: (copy, into) => alone(() => shrink(copy.path, into)),
    writeMask: (mask, request) => alone(() => writeMask(mask.path, request)),
  };
}
