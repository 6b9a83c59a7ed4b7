/** Words that name nothing: whoever reads them knows no more than before. */
const BANNED = ["util", "utils", "common", "shared", "helper", "helpers", "misc", "manager", "processor", "data", "info"];

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

const isBanned = (name: string): boolean => {
  const words = wordsOf(name);
  return words.some((word) => BANNED.includes(word)) || words.at(-1) === "service";
};

/** Folders and files of this path whose names are banned; `x.service.test.ts` is a kind of test, and no name. */
export const bannedInPath = (path: string): string[] =>
  path.split("/").filter((part) => isBanned(part.replace(/(\.service)?(\.model)?(\.test)?\.[a-z]+$/, "")));

const EXPORTS = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;

export const bannedExports = (source: string): string[] => [...source.matchAll(EXPORTS)].map(([, name]) => name!).filter(isBanned);
