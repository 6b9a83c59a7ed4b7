/** Secrets that are none: examples that were left standing, and what can be guessed. */

/** What manuals and examples write where a secret belongs. */
const EXAMPLES = [
  /^(change|replace)[-_ ]?(me|this|it)/i,
  /^(your|my|some|the)[-_ ]/i,
  /^(password|passwort|secret|token|admin|root|test|example|default|placeholder|cooly|postgres|redis|minio)(admin|123|1234)?\d*$/i,
  /^minioadmin$/i,
  /^cooly_admin(_|$)/i,
  /^<.*>$/,
  /^x{3,}$/i,
  /^\.{3}$/,
  /EXAMPLE/,
  /\bPASSWORD\b/,
  /\b(strong|generate)[-_]/i,
  /openssl rand/,
  /^(what the|what AWS)/,
];

/** Names that belong to nobody. */
const EXAMPLE_HOSTS = /(^|[@/.])((example\.(com|org|net))|your-?domain\.\w+|localhost\.localdomain)(?=[:/]|$)/i;

export const isExample = (value: string): boolean => EXAMPLES.some((pattern) => pattern.test(value)) || EXAMPLE_HOSTS.test(value);

export const WEAK_BITS = 80;

/** How many bits it has at the most, by its letters: each is worth no more than what varies among them. */
export function bitsOf(value: string): number {
  const letters = new Map<string, number>();
  for (const letter of value) letters.set(letter, (letters.get(letter) ?? 0) + 1);
  const varied = [...letters.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
  const steps = [...value].filter((letter, index) => index > 0 && Math.abs(letter.codePointAt(0)! - value.codePointAt(index - 1)!) <= 1).length;
  return Math.round(varied * (value.length - steps));
}

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
