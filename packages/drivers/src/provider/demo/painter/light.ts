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
  readonly dark: boolean;
}

// zenith, middle, horizon, sun, shade
const palettes: Readonly<Record<Hour, readonly (readonly [string, string, string, string, string])[]>> = {
  dawn: [
    ["#3a4f86", "#a98fb4", "#f6c9a8", "#fff0d6", "#2b3046"],
    ["#4d6fa3", "#c7a9c0", "#ffdcc0", "#fff4e0", "#33384a"],
  ],
  day: [
    ["#2f6fb8", "#7fb2dc", "#dcebf0", "#fffdf2", "#24382e"],
    ["#3a7cc0", "#96c3e0", "#eef0e4", "#fffbe8", "#2c3a34"],
  ],
  golden: [
    ["#33467c", "#c4707c", "#ffb35c", "#fff2c4", "#2a1e30"],
    ["#4a3a72", "#d8686a", "#ffa24a", "#ffeab0", "#26192c"],
    ["#27506e", "#d08a6c", "#ffc776", "#fff0c8", "#1f2630"],
  ],
  dusk: [
    ["#141c48", "#4a4484", "#d07a8c", "#ffd0c0", "#11132a"],
    ["#10243f", "#3c5684", "#c08aa4", "#ffdcd0", "#0e1626"],
  ],
  night: [
    ["#05081c", "#10204a", "#2c4470", "#e8eefc", "#05070f"],
    ["#040a16", "#0c2a3e", "#24566a", "#e6f2f6", "#04080c"],
  ],
};

export function lightOf(scene: Scene): Light {
  const dice = createDice(scene.seed ^ 0x51ab);
  const choices = palettes[scene.hour];
  const [zenith, middle, horizon, sun, shade] = choices[Math.floor(dice() * choices.length)]!.map(fromHex) as [Color, Color, Color, Color, Color];
  const tint = scene.tint === null ? null : fromHex(scene.tint);
  const grey = fromHex("#7d828a");
  const weather = (color: Color): Color => (scene.stormy || scene.rain ? mix(color, grey, 0.45) : color);
  const tinted = (color: Color, share: number): Color =>
    tint ? mix(weather(color), [color[0] * 0.75 + tint[0] * 0.25, tint[1], tint[2]], share) : weather(color);
  const low = scene.hour === "golden" || scene.hour === "dawn" || scene.hour === "dusk";
  return {
    zenith: tinted(zenith, 0.35),
    middle: tinted(middle, 0.5),
    horizon: tinted(horizon, 0.45),
    sun,
    haze: mix(tinted(horizon, 0.4), tinted(middle, 0.4), 0.35),
    shade: tinted(shade, 0.25),
    sunX: 0.18 + dice() * 0.64,
    sunY: low ? 0.74 + dice() * 0.2 : 0.22 + dice() * 0.3,
    sunSize: 0.022 + dice() * 0.02 + (low ? 0.012 : 0),
    dark: scene.hour === "night",
  };
}
