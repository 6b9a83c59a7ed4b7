/** Planes of brightness and colour, the latter at half the size, to red, green and blue. */
export interface Planes {
  readonly planes: Uint8Array;
  /** How long a row lies in memory, and how many there are: whole blocks, of which the picture is the upper left. */
  readonly stride: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly space: VideoColorSpaceInit;
}

// Above it, what does not say how its colours are meant is taken for BT.709, as players do.
const LOW_ROWS = 576;

export function toColours({ planes, stride, rows, width, height, space }: Planes): Uint8Array {
  const [red, blue] = weightsOf(space, height);
  const green = 1 - red - blue;
  const [black, brightness, colour] = space.fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const [blues, reds] = [stride * rows, stride * rows * 1.25];
  // Clamped as it is written.
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let row = 0, to = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1, to += 3) {
      const half = (row >> 1) * (stride / 2) + (column >> 1);
      const light = (planes[row * stride + column]! - black) * brightness;
      const towardsBlue = (planes[blues + half]! - 128) * colour * 2 * (1 - blue);
      const towardsRed = (planes[reds + half]! - 128) * colour * 2 * (1 - red);
      pixels[to] = light + towardsRed;
      pixels[to + 1] = light - (red * towardsRed + blue * towardsBlue) / green;
      pixels[to + 2] = light + towardsBlue;
    }
  return new Uint8Array(pixels.buffer);
}

/** What a film of this height is taken for that does not say it. */
export const usualMatrix = (height: number): "bt709" | "smpte170m" => (height <= LOW_ROWS ? "smpte170m" : "bt709");

/** How much of the brightness is red, and how much blue. */
function weightsOf({ matrix }: VideoColorSpaceInit, height: number): readonly [red: number, blue: number] {
  const meant = matrix || usualMatrix(height);
  const isOld = meant === "smpte170m" || meant === "bt470bg";
  return isOld ? [0.299, 0.114] : [0.2126, 0.0722];
}
