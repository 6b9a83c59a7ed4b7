/** Colours are mixed in OKLab, where a mean of two looks like their mean. */

/** L, a, b. */
export type Color = readonly [number, number, number];

export function fromHex(hex: string): Color {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

export const mix = (from: Color, to: Color, share: number): Color => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

export const lighten = ([l, a, b]: Color, by: number): Color => [l + by, a, b];

const TABLE = 4096;
const encoded = Float32Array.from({ length: TABLE + 1 }, (_, at) => {
  const value = at / TABLE;
  return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
});

/** Writes sRGB bytes; `dither` is -0.5 to 0.5 and hides the steps of 8 bits. */
export function write(pixels: Uint8ClampedArray, at: number, [L, a, b]: Color, dither: number): void {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  pixels[at] = level(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) + dither;
  pixels[at + 1] = level(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) + dither;
  pixels[at + 2] = level(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s) + dither;
}

function level(value: number): number {
  if (value <= 0) return 0;
  return value >= 1 ? 255 : encoded[Math.round(value * TABLE)]!;
}
