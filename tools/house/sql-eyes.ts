/** What a text of SQL, or a source that holds some, writes to the tables of the ledger. */
const LEDGER = "lots|transfers|reservations|reservation_lots";
const FIGURES = "available|held|spent|granted|expired|clawed_back";
const name = (words: string): string => String.raw`(?:only\s+)?(?:"?public"?\.)?"?(?:${words})"?(?![\w"])`;

const writes: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?|copy)\s+${name(LEDGER)}`, "gi"),
  // The account's row is also its lock and its counter of events; only its figures are the ledger's.
  new RegExp(String.raw`\bupdate\s+${name("accounts")}[^;]*?\bset\b(?:(?!\bwhere\b)[^;])*?\b(?:${FIGURES})"?\s*=`, "gi"),
  new RegExp(String.raw`\binsert\s+into\s+${name("accounts")}\s*\([^)]*\b(?:${FIGURES})\b`, "gi"),
  new RegExp(String.raw`\b(?:delete\s+from|truncate(?:\s+table)?|merge\s+into)\s+${name("accounts")}`, "gi"),
  new RegExp(String.raw`\bledger_(?:grant|expire)\s*\(`, "gi"),
  // A table that is only known when it runs cannot be judged here.
  /\b(?:insert\s+into|delete\s+from|update)\s+"?\$\{/gi,
];

export const ledgerWrites = (text: string): string[] =>
  writes.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => found.replaceAll(/\s+/g, " ")));
