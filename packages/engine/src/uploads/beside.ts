/** A file that is made of one that is landed. Its name ends as the other's does: by that, what dead processes left is known. */
export const beside = (path: string, word: string): string => path.replace(/(\.[^./]*)?$/, `.${word}$1`);
