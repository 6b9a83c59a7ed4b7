/** Files of NAME=value lines: read as Node reads `.env`, and written so that every reader of such files agrees. */
import type { Setting } from "./setting.ts";

export interface EnvironmentFile {
  /** As the last line of a name says. */
  readonly values: ReadonlyMap<string, string>;
  readonly twice: readonly string[];
  /** Lines that are neither a comment nor NAME=value, by number. */
  readonly strange: readonly number[];
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/;

export function parseEnvironmentFile(text: string): EnvironmentFile {
  const values = new Map<string, string>();
  const [twice, strange] = [new Set<string>(), [] as number[]];
  const lines = text.replaceAll(/\r\n?/g, "\n").split("\n");
  for (let number = 0; number < lines.length; number += 1) {
    const [, name, rest] = LINE.exec(lines[number]!) ?? [];
    if (name === undefined || rest === undefined) {
      if (!/^\s*(#|$)/.test(lines[number]!)) strange.push(number + 1);
      continue;
    }
    const { value, taken } = readValue(rest, lines.slice(number + 1));
    if (values.has(name)) twice.add(name);
    values.set(name, value);
    number += taken;
  }
  return { values, twice: [...twice], strange };
}

/** In quotes it goes on to the next one, over lines; without, to a comment or the end. */
function readValue(rest: string, following: readonly string[]): { value: string; taken: number } {
  const quote = rest[0];
  if (quote !== '"' && quote !== "'" && quote !== "`") return { value: rest.replace(/#.*$/, "").trim(), taken: 0 };
  const whole = [rest.slice(1), ...following].join("\n");
  const end = whole.indexOf(quote);
  if (end < 0) return { value: rest.replace(/#.*$/, "").trim(), taken: 0 };
  const inside = whole.slice(0, end);
  const taken = inside.split("\n").length - 1;
  return { value: quote === '"' ? inside.replaceAll(String.raw`\n`, "\n") : inside, taken };
}

/** Without quotes wherever that reads the same for Compose, shells and Node. */
const PLAIN = /^[\w@%+=:,./?*-]*$/;
export function writeValue(value: string): string {
  if (PLAIN.test(value)) return value;
  // Within " a reader makes a line's end of \n. The third kind not all of them know, so it is the last.
  const quote = ["'", '"', "`"].find((mark) => !value.includes(mark) && !(mark === '"' && value.includes(String.raw`\n`))) ?? "'";
  return `${quote}${value}${quote}`;
}

export interface FileOptions {
  readonly title: string;
  /** Names that nothing here reads, and that are worth keeping. */
  readonly carried?: ReadonlyMap<string, string>;
}

const headings = {
  asked: "Only you know these. Fill in the empty ones.",
  generated: "Made by chance, once. Keep them: who has them is in.",
  derived: "These follow from others.",
  fixed: "As this topology is built.",
} as const;

/** What is asked and not known is an empty line below the sentence that asks. */
export function renderEnvironmentFile(settings: readonly Setting[], values: ReadonlyMap<string, string>, { title, carried = new Map() }: FileOptions): string {
  const sections = (Object.keys(headings) as (keyof typeof headings)[]).flatMap((from) => {
    const some = settings.filter((setting) => setting.from === from);
    return some.length === 0 ? [] : [[`# --- ${headings[from]}`, ...some.map((setting) => block(setting, values.get(setting.name)))].join("\n\n")];
  });
  const wanted = settings.filter(({ name, from }) => from === "optional" && values.has(name));
  const more = wanted.length === 0 ? [] : [["# --- Set beside.", ...wanted.map((setting) => block(setting, values.get(setting.name)))].join("\n\n")];
  const rest =
    carried.size === 0
      ? []
      : [["# --- Kept from before; nothing of this version reads them.", ...[...carried].map(([name, value]) => `${name}=${writeValue(value)}`)].join("\n")];
  return [`# ${title}\n# Keep it to yourself: it holds secrets. What else can be set: docs/reference/environment.md`, ...sections, ...more, ...rest]
    .join("\n\n")
    .concat("\n");
}

function block({ name, asks, example, says, services, derive, from }: Setting, value: string | undefined): string {
  const wanted = asks ?? (from === "derived" && value === undefined ? `${says} It follows from ${derive?.of.join(", ")}.` : says);
  const hint = value === undefined && example !== undefined ? [`# for example ${example}`] : [];
  const readers = services.length === 0 ? [] : [`# read by ${services.join(", ")}`];
  return [...(wanted === "" ? [] : [`# ${wanted}`]), ...hint, ...readers, `${name}=${value === undefined ? "" : writeValue(value)}`].join("\n");
}
