/**
 * Places pictures in lines that fill a width and keeps the shape of each. Pure; every place follows from the shapes
 * alone, so what is not loaded yet already has its space.
 */
export interface Shape {
  readonly key: string;
  /** Width over height. */
  readonly aspect: number;
}

export interface Block {
  readonly key: string;
  readonly shapes: readonly Shape[];
  /** Keeps its shapes together, on lines of its own. */
  readonly together: boolean;
  /** Fills the space of its shapes with one frame, under the block's key. */
  readonly merged: boolean;
  /** Starts a new line below this text, where it differs from the block before. */
  readonly heading: string | null;
}

export interface Frame {
  readonly width: number;
  readonly gap: number;
  /** The height that lines aim at, and what they never exceed. */
  readonly target: number;
  readonly most: number;
  /** Below this height a block that stays together takes another line. */
  readonly least: number;
  readonly caption: number;
  readonly heading: number;
}

export interface Placed {
  readonly key: string;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

export interface Caption {
  readonly key: string;
  readonly x: number;
  readonly width: number;
}

export interface Line {
  readonly key: string;
  readonly top: number;
  /** With the gap below it. */
  readonly size: number;
  readonly heading: string | null;
  readonly tiles: readonly Placed[];
  readonly captions: readonly Caption[];
}

type Unplaced = Omit<Line, "top">;

/** One shape, and the block whose caption it carries. */
interface Loose extends Shape {
  readonly block: string;
}

export function justify(blocks: readonly Block[], frame: Frame): Line[] {
  if (frame.width <= 0) return [];
  const lines: Unplaced[] = [];
  let loose: Loose[] = [];
  let heading: string | null = null;
  const flush = () => {
    lines.push(...flow(loose, frame));
    loose = [];
  };

  for (const block of blocks) {
    if (block.heading !== heading) {
      flush();
      heading = block.heading;
      if (heading !== null) lines.push({ key: `heading:${heading}`, size: frame.heading, heading, tiles: [], captions: [] });
    }
    if (block.together && block.shapes.length > 1) {
      flush();
      lines.push(...batch(block, frame));
    } else if (block.merged) {
      loose.push({ key: block.key, aspect: block.shapes[0]?.aspect ?? 1, block: block.key });
    } else {
      loose.push(...block.shapes.map((shape) => ({ ...shape, block: block.key })));
    }
  }
  flush();
  return stacked(lines);
}

function stacked(lines: readonly Unplaced[]): Line[] {
  let top = 0;
  return lines.map((line) => {
    const placed = { ...line, top };
    top += line.size;
    return placed;
  });
}

/** Fills lines one after another; each takes one shape more or less, whichever comes closer to the height aimed at. */
function flow(shapes: readonly Loose[], frame: Frame): Unplaced[] {
  const lines: Unplaced[] = [];
  let current: Loose[] = [];
  for (const shape of shapes) {
    const longer = [...current, shape];
    const [with_, without] = [fit(longer, frame), fit(current, frame)];
    if (current.length > 0 && with_ < frame.target && frame.target / with_ > without / frame.target) {
      lines.push(line(current, Math.min(without, frame.most), frame));
      current = [shape];
    } else if (with_ <= frame.target) {
      lines.push(line(longer, with_, frame));
      current = [];
    } else {
      current = longer;
    }
  }
  if (current.length > 0) lines.push(line(current, Math.min(fit(current, frame), frame.target), frame));
  return lines;
}

/** The height at which these shapes fill the width. */
function fit(shapes: readonly Shape[], { width, gap }: Frame): number {
  const aspects = shapes.reduce((sum, { aspect }) => sum + aspect, 0);
  return aspects === 0 ? Infinity : (width - gap * (shapes.length - 1)) / aspects;
}

function line(shapes: readonly Loose[], height: number, frame: Frame): Unplaced {
  const tiles = place(shapes, Math.floor(height), frame);
  const captions = frame.caption === 0 ? [] : tiles.map(({ x, width }, index) => ({ key: shapes[index]!.block, x, width }));
  return { key: `line:${shapes[0]!.key}`, size: Math.floor(height) + frame.caption + frame.gap, heading: null, tiles, captions };
}

function place(shapes: readonly Shape[], height: number, { width, gap }: Frame): Placed[] {
  let x = 0;
  return shapes.map(({ key, aspect }, index) => {
    const last = index === shapes.length - 1;
    const natural = Math.max(1, Math.round(aspect * height));
    // Rounding leaves a pixel or two over; the last one of a full line takes them, so that edges align.
    const remaining = width - x;
    const taken = last && Math.abs(remaining - natural) <= shapes.length ? remaining : Math.min(natural, remaining);
    const placed = { key, x, width: taken, height };
    x += taken + gap;
    return placed;
  });
}

function batch(block: Block, frame: Frame): Unplaced[] {
  const rows = splitEvenly(block.shapes, frame);
  // One height for all rows: a batch reads as one thing.
  const height = Math.floor(Math.min(frame.most, ...rows.map((row) => fit(row, frame))));
  const placed = rows.map((row) => place(row, height, frame));
  const extent = Math.max(...placed.map((tiles) => tiles.at(-1)!.x + tiles.at(-1)!.width));
  const captions = frame.caption === 0 ? [] : [{ key: block.key, x: 0, width: extent }];
  if (block.merged) {
    const full = height * rows.length + frame.gap * (rows.length - 1);
    const tiles = [{ key: block.key, x: 0, width: extent, height: full }];
    return [{ key: `batch:${block.key}`, size: full + frame.caption + frame.gap, heading: null, tiles, captions }];
  }
  return placed.map((tiles, index) => {
    const last = index === placed.length - 1;
    return { key: `batch:${block.key}:${index}`, size: height + frame.gap + (last ? frame.caption : 0), heading: null, tiles, captions: last ? captions : [] };
  });
}

function splitEvenly(shapes: readonly Shape[], frame: Frame): (readonly Shape[])[] {
  for (let count = 1; count < shapes.length; count += 1) {
    const each = Math.ceil(shapes.length / count);
    const rows = Array.from({ length: Math.ceil(shapes.length / each) }, (_, row) => shapes.slice(row * each, (row + 1) * each));
    if (rows.every((row) => fit(row, frame) >= frame.least)) return rows;
  }
  return shapes.map((shape) => [shape]);
}

/** The tile above or below: the one whose middle is nearest, in the next line that has tiles. */
export function neighbour(lines: readonly Line[], key: string, step: 1 | -1): string | null {
  const from = lines.findIndex(({ tiles }) => tiles.some((tile) => tile.key === key));
  const origin = lines[from]?.tiles.find((tile) => tile.key === key);
  if (!origin) return null;
  const middle = origin.x + origin.width / 2;
  for (let at = from + step; at >= 0 && at < lines.length; at += step) {
    const distances = lines[at]!.tiles.map((tile) => ({ key: tile.key, distance: Math.abs(tile.x + tile.width / 2 - middle) }));
    const nearest = distances.sort((one, other) => one.distance - other.distance)[0];
    if (nearest) return nearest.key;
  }
  return null;
}
