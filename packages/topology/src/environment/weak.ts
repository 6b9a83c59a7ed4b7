/** Secrets that are none: examples that were left standing, and what can be guessed. */

/** What manuals write where something of one's own belongs. */
const PLACEHOLDERS = [
  /^(change|replace)[-_ ]?(me|this|it)/i,
  /^(your|my|some|the)[-_ ]/i,
  /^<.*>$/,
  /^x{3,}$/i,
  /^\.{3}$/,
  /EXAMPLE/,
  /\bPASSWORD\b/,
  /\b(strong|generate)[-_]/i,
  /openssl rand/,
  /^what [A-Za-z]+ (showed|shows)/,
];

/** What is tried first. */
const COMMON = [
  /^(password|passwort|secret|token|admin|root|test|example|default|placeholder|cooly|postgres|redis|minio)(admin|123|1234)?\d{0,8}$/i,
  /^cooly_admin(_|$)/i,
];

/** Names that belong to nobody. */
const EXAMPLE_HOSTS = /(^|[@/.])((example\.(com|org|net))|your-?domain\.\w+)(?=[:/]|$)/i;

export const isPlaceholder = (value: string): boolean => PLACEHOLDERS.some((pattern) => pattern.test(value));
export const isFirstGuess = (value: string): boolean => COMMON.some((pattern) => pattern.test(value));
export const isNobodys = (value: string): boolean => EXAMPLE_HOSTS.test(value);
export const isExample = (value: string): boolean => isPlaceholder(value) || isFirstGuess(value) || isNobodys(value);

export const WEAK_BITS = 80;

/** How many bits it may have: its letters, drawn from the kinds that occur. What repeats or counts on adds none. */
export function bitsOf(value: string): number {
  const letters = [...value];
  const kinds = KINDS.filter(({ has }) => has.test(value)).reduce((sum, { size }) => sum + size, 0);
  const steps = letters.filter((letter, index) => index > 0 && Math.abs(letter.codePointAt(0)! - letters[index - 1]!.codePointAt(0)!) <= 1).length;
  const free = Math.min(letters.length - steps, 2 * new Set(letters).size);
  return Math.round(free * Math.log2(Math.max(2, kinds)));
}

const KINDS = [
  { has: /[a-z]/, size: 26 },
  { has: /[A-Z]/, size: 26 },
  { has: /[0-9]/, size: 10 },
  { has: /[^a-zA-Z0-9]/, size: 12 },
];

/** The password within an address, as it was meant. */
export function passwordOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { password } = new URL(url);
  if (password === "") return null;
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
