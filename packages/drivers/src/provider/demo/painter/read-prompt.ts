import { createDice, seedOf } from "./noise.ts";

export const subjects = ["sea", "mountains", "city", "forest", "desert", "meadow", "space", "abstract"] as const;
export type Subject = (typeof subjects)[number];
export const hours = ["dawn", "day", "golden", "dusk", "night"] as const;
export type Hour = (typeof hours)[number];
export type Season = "spring" | "summer" | "autumn" | "winter";

/** What the painter understood. */
export interface Scene {
  readonly subject: Subject;
  readonly hour: Hour;
  readonly season: Season;
  readonly fog: boolean;
  readonly rain: boolean;
  readonly aurora: boolean;
  readonly stormy: boolean;
  /** A colour that the prompt names, as hex; it tints the light. */
  readonly tint: string | null;
  readonly seed: number;
}

const words: { readonly [Key in "subject" | "hour" | "season"]: Readonly<Record<string, RegExp>> } = {
  subject: {
    space: /\b(space|planet\w*|galax\w*|nebula\w*|cosm\w*|orbit|asteroid\w*)\b/,
    city: /\b(cit(y|ies)|skyline|town|street\w*|skyscraper\w*|building\w*|urban|metropolis|neon|tokyo|paris|london|york)\b/,
    sea: /\b(sea\w*|ocean\w*|beach\w*|coast\w*|lake\w*|harbou?r|waves?|island\w*|bay|sail\w*|lighthouse|river|water)\b/,
    forest: /\b(forest\w*|woods?|trees?|jungle|pines?|birch\w*|grove|fox)\b/,
    desert: /\b(desert\w*|dunes?|sahara|sand\w*|canyon\w*|mesa)\b/,
    meadow: /\b(meadow\w*|fields?|grass\w*|prairie|flowers?|garden\w*|farm\w*|valley|lavender|countryside)\b/,
    mountains: /\b(mountain\w*|hills?|peaks?|alps|alpine|ridge\w*|cliff\w*|himalaya\w*|volcano\w*|landscape)\b/,
    abstract: /\b(abstract|pattern\w*|geometr\w*|swirl\w*|fluid|dream\w*|texture\w*|marble)\b/,
  },
  hour: {
    dawn: /\b(dawn|sunrise|daybreak|early morning|morning)\b/,
    golden: /\b(golden hour|sunset\w*|evening|late afternoon|warm light)\b/,
    dusk: /\b(dusk|twilight|blue hour|gloaming)\b/,
    night: /\b(night\w*|midnight|moon\w*|stars?|starry|starlit|aurora|northern lights|neon)\b/,
    day: /\b(noon|midday|day|daylight|sunny|bright|afternoon)\b/,
  },
  season: {
    winter: /\b(winter\w*|snow\w*|ice|icy|frost\w*|frozen)\b/,
    autumn: /\b(autumn\w*|fall|october|november|harvest)\b/,
    spring: /\b(spring|blossom\w*|cherry|april|may)\b/,
    summer: /\b(summer\w*|july|august|tropical)\b/,
  },
};

const colors: Readonly<Record<string, string>> = {
  red: "#c8352c",
  crimson: "#a31c34",
  scarlet: "#d6321f",
  orange: "#e8822a",
  amber: "#e6a23c",
  gold: "#e0b040",
  golden: "#e0b040",
  yellow: "#e8cf4a",
  green: "#4a9a58",
  emerald: "#23966a",
  olive: "#7a7f3a",
  teal: "#1f8a8c",
  turquoise: "#37b8b0",
  cyan: "#3bb6d8",
  blue: "#3a66c4",
  navy: "#1f3468",
  indigo: "#463aa0",
  purple: "#7a44b0",
  violet: "#8650c8",
  magenta: "#c03c98",
  pink: "#e486ac",
  rose: "#d8647c",
  brown: "#80583a",
  white: "#e8e6e0",
  silver: "#b4bac2",
  grey: "#8a8e94",
  gray: "#8a8e94",
  black: "#26262c",
  pastel: "#d8b4c8",
  monochrome: "#84868a",
  copper: "#b8683c",
  lavender: "#a890d8",
};

/** The last word wins nothing: the first subject of the list that the prompt names is painted, the rest is drawn by the seed. */
export function readPrompt(prompt: string, seed: number, style: string): Scene {
  const text = prompt.toLowerCase();
  const mixed = seedOf(text, seed);
  const dice = createDice(mixed);
  const named = (kind: keyof typeof words): string | null => Object.entries(words[kind]).find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  const asked = (subjects as readonly string[]).includes(style) ? (style as Subject) : null;
  const hour = (named("hour") ?? (["dawn", "day", "golden", "golden", "dusk"] as const)[Math.floor(dice() * 5)]) as Hour;
  const season = (named("season") ?? (["spring", "summer", "autumn"] as const)[Math.floor(dice() * 3)]) as Season;
  const tint = Object.keys(colors).find((name) => new RegExp(`\\b${name}\\b`).test(text.replace("golden hour", "")));
  const aurora = /\b(aurora|northern lights)\b/.test(text);
  return {
    subject: asked ?? ((named("subject") ?? (aurora ? "mountains" : "abstract")) as Subject),
    hour: aurora ? "night" : hour,
    season,
    fog: /\b(fog\w*|mist\w*|haz[ey]|smok\w*)\b/.test(text),
    rain: /\b(rain\w*|drizzl\w*|shower\w*)\b/.test(text),
    aurora,
    stormy: /\b(storm\w*|thunder\w*|cloud\w*|overcast|dramatic)\b/.test(text),
    tint: tint === undefined ? null : colors[tint]!,
    seed: mixed,
  };
}
