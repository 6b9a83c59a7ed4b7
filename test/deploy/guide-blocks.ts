/** The commands of a guide: which the tests run, where, which wait for Docker, and which say why nobody runs them. */
export interface Block {
  readonly guide: string;
  readonly line: number;
  readonly text: string;
  /** Where it runs: a folder with the tool, the same on an installation, between two that run (test/e2e), Docker's own runs, or nowhere. */
  readonly where: "folder" | "installation" | "comparison" | "topology" | "nowhere";
  readonly reason: string | null;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
const MARK = /^<!-- run: (installation|comparison|topology) -->$/;
const REASON = /^Not run by the tests: (\S.*\.)$/;

export function blocksOf(guide: string, page: string): readonly Block[] {
  return [...page.matchAll(FENCE)]
    .filter(([, language]) => language === "sh")
    .map((found) => {
      const before = page.slice(0, found.index).trimEnd().split("\n").at(-1)!;
      const mark = MARK.exec(before)?.[1] as "installation" | "comparison" | "topology" | undefined;
      const reason = REASON.exec(before)?.[1] ?? null;
      const line = page.slice(0, found.index).split("\n").length;
      return { guide, line, text: found[2]!, where: mark ?? (reason === null ? "folder" : "nowhere"), reason };
    });
}

/** Words that a shell would give the tool, for each time that it is called. */
export const callsOf = (text: string): readonly (readonly string[])[] =>
  text
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => !line.trim().startsWith("#") && !line.startsWith("cooly()"))
    .flatMap((line) =>
      [...line.matchAll(/(?:^\s*|[;(!&] *|\bif |\bnpx |\bexec (?:-T )?[\w-]+ )cooly (?=[a-z])([^|;&#>)]*)/g)].map(([, rest]) => wordsOf(rest!)),
    );

const wordsOf = (line: string): string[] =>
  [...line.trim().matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain!)
    .map((word) => word.replaceAll("$DOMAIN", "studio.acme.test").replaceAll("$EMAIL", "ada@acme.test"));
