import { sharp } from "./loaders.ts";
import { writeWhole } from "./examine-picture.ts";

const LONGER_SIDE_PX = 512;

/** Of a copy that has been examined: it is read row by row. */
export const shrink = (path: string, into: string): Promise<void> =>
  writeWhole(sharp(path).resize(LONGER_SIDE_PX, LONGER_SIDE_PX, { fit: "inside", withoutEnlargement: true }).webp({ quality: 80 }), into);
