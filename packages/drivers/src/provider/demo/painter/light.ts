import { fromHex, mix, type Color } from "./color.ts";
import { createDice } from "./noise.ts";
import type { Hour, Scene } from "./read-prompt.ts";

/** The light of a scene: where it comes from, and what colour everything takes from it. */
export interface Light {
  readonly zenith: Color;
  readonly middle: Color;
  readonly horizon: Color;
  readonly sun: Color;
  readonly haze: Color;
  /** What things in the foreground look like when they are in the shade. */
  readonly shade: Color;
  /** 0 to 1 of the width, and of the height of the sky. */
  readonly sunX: number;
  readonly sunY: number;
  readonly sunSize: number;
  /** How much of the sun comes through the weather. */
  readonly clear: number;
  readonly low: boolean;
  readonly dark: boolean;
  /** A colour of a thing as it looks in full light and in shade. */
  lit(color: Color, share: number): Color;
}

// zenith, middle, horizon, sun, shade
const palettes: Readonly<Record<Hour, readonly (readonly [string, string, string, string, string])[]>> = {
  dawn: [
    ["#3f5b95", "#a79cc0", "#fbd0ae", "#fff0d6", "#2b3450"],
    ["#4a7cae", "#b9b6cf", "#ffdfbe", "#fff4e0", "#334058"],
    ["#5a6aa8", "#d6a4b8", "#ffc9a4", "#ffeeda", "#30304e"],
  ],
  day: [
    ["#2463b4", "#74aede", "#dcebf2", "#fffdf2", "#22364a"],
    ["#3278c4", "#8fc2e6", "#eef2e8", "#fffbe8", "#2a3c4a"],
    ["#1f5aa0", "#66a4d4", "#cfe4ea", "#fffdf4", "#20344a"],
  ],
  golden: [
    ["#35508c", "#c08094", "#ffb760", "#fff0bc", "#2c2440"],
    ["#43407e", "#d8707a", "#ffa656", "#ffe8ac", "#2a1e3a"],
    ["#2b5c86", "#c99a86", "#ffcb78", "#fff2cc", "#232c40"],
    ["#3c3a78", "#b05a86", "#ff8e5e", "#ffdfae", "#241c38"],
  ],
  dusk: [
    ["#141f52", "#44509a", "#dc8896", "#ffd0c0", "#10142e"],
    ["#0f2a52", "#36609a", "#b4a4b8", "#ffdcd0", "#0d1830"],
    ["#1a1c50", "#54489a", "#e8947c", "#ffd4b4", "#121230"],
  ],
  night: [
    ["#050a22", "#10224e", "#2b4876", "#e8eefc", "#050814"],
    ["#040c1c", "#0c2c46", "#245a72", "#e6f2f6", "#04090f"],
    ["#0a0824", "#20205a", "#4a4684", "#f0ecfc", "#070614"],
  ],
};

export function lightOf(scene: Scene): Light {
  const dice = createDice(scene.seed ^ 0x51ab);
  const choices = palettes[scene.hour];
  const [zenith, middle, horizon, sun, shade] = choices[Math.floor(dice() * choices.length)]!.map(fromHex) as [Color, Color, Color, Color, Color];
  const named = scene.palette.map(fromHex);
  const grey = fromHex(scene.stormy ? "#5e6874" : "#8a929a");
  const heavy = scene.stormy || scene.rain;
  const weather = (color: Color): Color => (heavy ? mix(color, [grey[0] * (0.35 + 0.75 * color[0]), grey[1], grey[2]], 0.55) : color);
  const tinted = (color: Color, index: number, share: number): Color => {
    const tint = named[index % Math.max(1, named.length)];
    const seen = weather(color);
    return tint ? mix(seen, [color[0] * 0.78 + tint[0] * 0.22, tint[1], tint[2]], share) : seen;
  };
  const dark = scene.hour === "night";
  const low = scene.hour === "golden" || scene.hour === "dawn" || scene.hour === "dusk";
  const pale = tinted(horizon, 0, 0.55);
  const blue = tinted(middle, 0, 0.6);
  const inShade = tinted(shade, 1, 0.3);
  // Warm light is warm on everything; at night there is little of it.
  const strength = dark ? 0.36 : scene.hour === "dusk" ? 0.56 : heavy ? 0.72 : 1;
  return {
    zenith: tinted(zenith, 1, 0.5),
    middle: blue,
    horizon: pale,
    sun: named.length > 0 ? mix(sun, [sun[0], named[0]![1], named[0]![2]], 0.2) : sun,
    haze: mix(pale, blue, low ? 0.32 : 0.42),
    shade: inShade,
    sunX: (dice() < 0.5 ? 0.14 + dice() * 0.24 : 0.62 + dice() * 0.24) + 0,
    sunY: low ? 0.76 + dice() * 0.17 : 0.2 + dice() * 0.28,
    sunSize: (low ? 0.024 : dark ? 0.022 : 0.016) + dice() * 0.014,
    clear: heavy ? 0.35 : scene.fog ? 0.7 : 1,
    low,
    dark,
    lit(color, share) {
      const warm = mix(color, [color[0], sun[1], sun[2]], low ? 0.2 : 0.06);
      const full: Color = [Math.min(0.97, warm[0] * (low ? 1.04 : 1.1)), warm[1], warm[2]];
      const cool = mix([color[0] * 0.5, color[1] * 0.7, color[2] * 0.7], inShade, 0.42);
      const seen = mix(cool, full, share);
      return strength === 1
        ? seen
        : mix(mix(seen, inShade, dark ? 0.3 : 0.05), [seen[0] * strength, blue[1] * 0.6 + seen[1] * 0.4, blue[2] * 0.6 + seen[2] * 0.4], 1 - strength);
    },
  };
}
