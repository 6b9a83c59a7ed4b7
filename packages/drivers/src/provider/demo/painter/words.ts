/** Words for colours, and for moods that have colours. */

const colors: Readonly<Record<string, string>> = {
  red: "#c8352c",
  crimson: "#a31c34",
  scarlet: "#d6321f",
  ruby: "#b0183c",
  orange: "#e8822a",
  amber: "#e6a23c",
  gold: "#e0b040",
  golden: "#e0b040",
  yellow: "#e8cf4a",
  lime: "#a4cc3c",
  green: "#4a9a58",
  emerald: "#23966a",
  jade: "#3f9c7c",
  olive: "#7a7f3a",
  mint: "#a4dcc0",
  teal: "#1f8a8c",
  turquoise: "#37b8b0",
  cyan: "#3bb6d8",
  azure: "#3a8fe0",
  blue: "#3a66c4",
  navy: "#1f3468",
  indigo: "#463aa0",
  purple: "#7a44b0",
  violet: "#8650c8",
  magenta: "#c03c98",
  fuchsia: "#d43c9c",
  pink: "#e486ac",
  coral: "#f0806a",
  peach: "#f4b48c",
  salmon: "#ee8c78",
  rose: "#d8647c",
  brown: "#80583a",
  beige: "#d8c4a0",
  cream: "#f0e6cc",
  ivory: "#f2ece0",
  white: "#e8e6e0",
  silver: "#b4bac2",
  grey: "#8a8e94",
  gray: "#8a8e94",
  black: "#26262c",
  pastel: "#d8b4c8",
  monochrome: "#84868a",
  copper: "#b8683c",
  bronze: "#9a6c3a",
  lavender: "#a890d8",
  lilac: "#bc9cdc",
};

const pattern = new RegExp(`\\b(${Object.keys(colors).join("|")})\\b`, "g");

/** Hexes in the order in which the text names them, each once; times of day, places and plants are no colours. */
export function colorsIn(text: string): string[] {
  const plain = text.replace(
    /golden (hour|light)|blue hour|black forest|red sea|black sea|(field|fields|meadow) of lavender|lavender (field|fields|meadow)/g,
    " ",
  );
  return [...new Set([...plain.matchAll(pattern)].map(([name]) => colors[name]!))];
}

const flowers: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\b(poppy|poppies)\b/, ["#d8342c", "#e84a34", "#c82a30"]],
  [/\b(lavender|cornflowers?|bluebells?)\b/, ["#7a5cc0", "#9a7ad4", "#6a58c8"]],
  [/\b(sunflowers?|buttercups|daffodils?|dandelions?)\b/, ["#f0c030", "#f6d850", "#e8a828"]],
  [/\bdais(y|ies)\b/, ["#f6f4ec", "#fbf8f0", "#f0ead8"]],
  [/\b(tulips?|roses?)\b/, ["#d83c5c", "#f08a3c", "#f4d04c", "#e87aa4"]],
];

/** Colours of the flowers that the text names. */
export const flowersIn = (text: string): readonly string[] => flowers.flatMap(([words, hexes]) => (words.test(text) ? hexes : []));

const moods: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\b(fire|flames?|lava|burn\w*|hot|passion|anger|phoenix|dragons?)\b/, ["#2a0a12", "#8c1c1c", "#e2571e", "#f7a83c", "#ffe9b0"]],
  [/\b(ice|icy|cold|frost\w*|frozen|winter|snow\w*|calm|serene|quiet|peace\w*)\b/, ["#0f2540", "#3a6a94", "#8fbcd4", "#d6e8ee", "#f6f4ee"]],
  [/\b(dream\w*|magic\w*|fairy|unicorn|mystic\w*|fantasy|wizard)\b/, ["#1e1440", "#5b3a94", "#c06ab4", "#f4b8c0", "#fdf0dc"]],
  [/\b(cyber\w*|neon|robots?|synth\w*|retro|arcade|electric\w*|future|futuristic)\b/, ["#0c0824", "#3c1478", "#e02c94", "#22c4dc", "#f8e86a"]],
  [/\b(forest\w*|moss\w*|nature|plants?|leaf|leaves|fern\w*|botanical|frog|garden)\b/, ["#10241c", "#2c5a40", "#7ea862", "#dcd890", "#f6efd8"]],
  [/\b(autumn\w*|coffee|wood|wooden|tea|cozy|cosy|bread|library|books?|fox|harvest)\b/, ["#2a1814", "#6e3420", "#c4702e", "#e8b45c", "#f8ead0"]],
  [/\b(sea|ocean\w*|water|fish|whales?|dolphins?|underwater|rain\w*)\b/, ["#071c30", "#0f4c64", "#2c94a0", "#8cd4c4", "#f4ead0"]],
  [/\b(sad\w*|melanchol\w*|lonely|gothic|dark|ghosts?|death|raven)\b/, ["#0e1018", "#2a3040", "#5c667c", "#a8a6ac", "#e6ded4"]],
  [/\b(happy|joy\w*|summer|party|candy|carnival|cats?|dogs?|child\w*|cute|fruit\w*|birthday)\b/, ["#25456c", "#2fa0a0", "#ffcf56", "#f4784e", "#fff3e0"]],
  [/\b(love|heart|hearts|wedding|romantic|spring|blossom\w*|kiss)\b/, ["#4a1838", "#b03c60", "#ee8c8c", "#f8c8b8", "#fff2e8"]],
];

/** Five colours from dark to light, or none. */
export const moodIn = (text: string): readonly string[] => moods.find(([words]) => words.test(text))?.[1] ?? [];
