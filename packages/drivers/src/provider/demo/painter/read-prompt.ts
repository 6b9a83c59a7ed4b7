import { colorsIn, flowersIn, moodIn } from "./words.ts";
import { createDice, seedOf } from "./noise.ts";

export const subjects = ["sea", "mountains", "city", "forest", "desert", "meadow", "space", "abstract"] as const;
export type Subject = (typeof subjects)[number];
export const hours = ["dawn", "day", "golden", "dusk", "night"] as const;
export type Hour = (typeof hours)[number];
export type Season = "spring" | "summer" | "autumn" | "winter";
export type Water = "sea" | "lake" | "river";
export const manners = ["flow", "shapes", "marble", "geometry", "waves"] as const;
export type Manner = (typeof manners)[number];

/** What the painter understood. */
export interface Scene {
  readonly subject: Subject;
  readonly hour: Hour;
  readonly season: Season;
  readonly water: Water | null;
  readonly fog: boolean;
  readonly rain: boolean;
  readonly snowfall: boolean;
  readonly aurora: boolean;
  readonly stormy: boolean;
  readonly thunder: boolean;
  readonly clear: boolean;
  readonly lighthouse: boolean;
  readonly boat: boolean;
  readonly blossom: boolean;
  /** A planet with a ring. */
  readonly ringed: boolean;
  /** Colours of the flowers that the prompt names. */
  readonly flowers: readonly string[];
  /** How an abstract picture is made. */
  readonly manner: Manner;
  /** The colours that the prompt names, as hex, in its order; they tint the light. */
  readonly palette: readonly string[];
  /** Colours of a mood that the prompt names, for pictures that are free to take them. */
  readonly mood: readonly string[];
  readonly seed: number;
}

type Rules = Readonly<Record<string, RegExp>>;

const subjectRules: Rules = {
  abstract:
    /\b(abstract\w*|pattern\w*|geometr\w*|swirl\w*|fluid|textures?|marbl\w*|flow ?fields?|bauhaus|paper|layered|shapes|cubis\w*|mosaic|wallpaper|kaleidoscop\w*)\b/,
  space: /\b(space|planets?|planetary|galax\w*|nebula\w*|cosm\w*|orbit\w*|asteroid\w*|saturn|jupiter|mars|universe|spaceship)\b/,
  city: /\b(cit(y|ies)|cityscape|skyline|town|streets?|skyscrapers?|buildings?|urban|metropolis|neon|tokyo|paris|london|new york|manhattan|downtown|rooftops?)\b/,
  desert: /\b(deserts?|dunes?|sahara|sand|sandy|oasis|camels?)\b/,
  sea: /\b(seas?|seascape|oceans?|beach\w*|coast\w*|harbou?rs?|waves?|islands?|bay|sail\w*|lighthouses?|shores?|seashore|cliffs?|ships?)\b/,
  forest: /\b(forests?|woods?|woodland|trees?|jungle|pines?|birch\w*|grove|fox|fir|firs|orchard)\b/,
  mountains: /\b(mountain\w*|peaks?|alps|alpine|ridges?|himalaya\w*|volcano\w*|fjords?|glaciers?|canyons?|lakes?|rivers?|highlands?|summit)\b/,
  meadow:
    /\b(meadows?|fields?|grass\w*|prairie|flowers?|wildflowers?|gardens?|farm\w*|valleys?|lavender|poppy|poppies|daisies|roses|buttercups|cornflowers?|tulips?|countryside|hills?|sunflowers?|landscape)\b/,
};

const hourRules: Rules = {
  golden: /\b(golden hour|golden light|sunset\w*|evening|late afternoon|warm light)\b/,
  dusk: /\b(dusk|twilight|blue hour|gloaming|nightfall)\b/,
  dawn: /\b(dawn|sunrise|daybreak|morning)\b/,
  night: /\b(night\w*|midnight|moon\w*|stars?|starry|starlit|aurora|northern lights|neon|milky way)\b/,
  day: /\b(noon|midday|day|daytime|daylight|sunny|bright|afternoon|sunshine)\b/,
};

const seasonRules: Rules = {
  winter: /\b(winter\w*|snow\w*|ice|icy|frost\w*|frozen|christmas|blizzard)\b/,
  autumn: /\b(autumn\w*|fall (colou?rs|forest|leaves)|in fall|october|november|harvest)\b/,
  spring: /\b(spring|blossom\w*|cherry|april|in may)\b/,
  summer: /\b(summer\w*|july|august|tropical)\b/,
};

const mannerRules: Rules = {
  flow: /\b(flow\w*|fluid|swirl\w*|wind|currents?|silk|hair|smoke)\b/,
  marble: /\b(marbl\w*|ink|liquid|agate|stone|oil|melt\w*|dreams?)\b/,
  geometry: /\b(geometr\w*|triangles?|grids?|tiles?|mosaic|pattern\w*|isometric|crystal\w*|kaleidoscop\w*|bauhaus|architecture)\b/,
  shapes: /\b(shapes|circles?|cubis\w*|collage|kandinsky|matisse|botanical|balloons?|wheels?|bicycles?)\b/,
  waves: /\b(waves?|layers?|paper|layered|music|rhythm|strata)\b/,
};

const named = (rules: Rules, text: string): string | null => Object.entries(rules).find(([, rule]) => rule.test(text))?.[0] ?? null;

/** Of the subjects that the prompt names the first of the list is painted; what it leaves open is drawn by the seed. */
export function readPrompt(prompt: string, seed: number, style: string): Scene {
  const text = prompt.toLowerCase();
  const mixed = seedOf(text, seed);
  const dice = createDice(mixed);
  const asked = (subjects as readonly string[]).includes(style) ? style : null;
  const aurora = /\b(aurora\w*|northern lights)\b/.test(text);
  const sky = /\b(sky|skies|clouds?|sunsets?|sunrise|moon|stars|starry|storm|rain\w*)\b/.test(text);
  const hour = named(hourRules, text) ?? pick(["dawn", "day", "day", "golden", "golden", "day", "dusk"], dice());
  const season = named(seasonRules, text) ?? pick(["spring", "summer", "autumn", "summer"], dice());
  const manner = named(mannerRules, text) ?? pick(manners, dice());
  const subject = asked ?? subjectOf(text) ?? (aurora ? "mountains" : sky ? pick(["sea", "mountains", "meadow"], dice()) : "abstract");
  return {
    subject: subject as Subject,
    hour: (aurora ? "night" : hour) as Hour,
    season: season as Season,
    water: waterIn(text),
    fog: /\b(fog\w*|mist\w*|haz[ey]|smok\w*)\b/.test(text),
    rain: /\b(rain|rains|rainy|raining|rainfall|drizzl\w*|showers?|downpour)\b/.test(text),
    snowfall: /\b(snowing|snowfall|snowstorm|blizzard|falling snow|snowflakes?)\b/.test(text) || (season === "winter" && dice() < 0.3),
    aurora,
    stormy: /\b(storm\w*|thunder\w*|lightning|overcast|dramatic|tempest)\b/.test(text),
    thunder: /\b(thunder\w*|lightning)\b/.test(text),
    clear: /\b(clear|cloudless|blue sky|sunny)\b/.test(text) || aurora,
    lighthouse: /\blighthouses?\b/.test(text),
    boat: /\b(boats?|sail\w*|ships?|yachts?|regatta)\b/.test(text),
    blossom: /\b(blossom\w*|cherry|sakura|magnolia|bloom\w*)\b/.test(text),
    ringed: /\b(ring|rings|ringed|saturn)\b/.test(text),
    flowers: flowersIn(text),
    manner: manner as Manner,
    palette: colorsIn(text),
    mood: moodIn(text),
    seed: mixed,
  };
}

const pick = <T>(choices: readonly T[], at: number): T => choices[Math.floor(at * choices.length)]!;

/** A lake, a river or a fjord lies in its land; a coast is a subject of its own, unless land or a city stands at it. */
function subjectOf(text: string): string | null {
  const { mountains, meadow } = subjectRules as { mountains: RegExp; meadow: RegExp };
  if (/\b(lakes?|ponds?|rivers?|fjords?|streams?)\b/.test(text) && !subjectRules["city"]!.test(text)) {
    if (/\b(mountain\w*|alpine|alps|peaks?|fjords?|glacier\w*)\b/.test(text)) return "mountains";
    return subjectRules["forest"]!.test(text) ? "forest" : /\bponds?|streams?\b/.test(text) ? "meadow" : "mountains";
  }
  if (subjectRules["forest"]!.test(text) && /\bmountain\w*\b/.test(text)) return "mountains";
  if (meadow.test(text) && !/\b(hills?|valleys?|landscape)\b/.test(text.replace(/wild ?flowers?/, "hill")) && mountains.test(text)) return "mountains";
  if (
    /\bflowers?|wildflowers?|poppy|poppies|daisies|roses|buttercups|cornflowers?|lavender|sunflowers?|tulips?|meadows?\b/.test(text) &&
    !/\b(sea|city|forest|mountain\w*|abstract|desert)\b/.test(text)
  )
    return "meadow";
  return named(subjectRules, text);
}

function waterIn(text: string): Water | null {
  if (/\b(rivers?|streams?|canals?|creeks?)\b/.test(text)) return "river";
  if (/\b(lakes?|ponds?|fjords?|lagoons?|reflect\w*|oasis)\b/.test(text)) return "lake";
  return /\b(seas?|oceans?|coast\w*|harbou?rs?|bay|waterfront|water)\b/.test(text) ? "sea" : null;
}
