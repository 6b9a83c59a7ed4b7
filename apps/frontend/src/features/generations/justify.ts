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
  /** Between blocks that share a line. */
  readonly blockGap: number;
  /** The height that lines aim at, and about the most that they take. */
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

/** What goes on one line undivided: a batch, or a single shape. */
interface Unit {
  readonly block: string;
  readonly shapes: readonly Shape[];
  readonly merged: boolean;
}

export function justify(blocks: readonly Block[], frame: Frame): Line[] {
  if (frame.width <= 0) return [];
  const lines: Unplaced[] = [];
  let units: Unit[] = [];
  let heading: string | null = null;
  const flush = () => {
    lines.push(...flow(units, frame));
    units = [];
  };

  for (const block of blocks) {
    if (block.heading !== heading) {
      flush();
      heading = block.heading;
      if (heading !== null) lines.push({ key: `heading:${heading}`, size: frame.heading, heading, tiles: [], captions: [] });
    }
    if (block.together && fit([unitOf(block)], frame) < frame.least) {
      flush();
      lines.push(...tall(block, frame));
    } else {
      units.push(...unitsOf(block));
    }
  }
  flush();
  return stacked(lines);
}

const unitOf = ({ key, shapes, merged }: Block): Unit => ({ block: key, shapes, merged });

function unitsOf(block: Block): Unit[] {
  if (block.together) return [unitOf(block)];
  // Where batches are not kept together, one frame says what happened to all.
  if (block.merged) return [{ block: block.key, shapes: block.shapes.slice(0, 1), merged: true }];
  return block.shapes.map((shape) => ({ block: block.key, shapes: [shape], merged: false }));
}

function stacked(lines: readonly Unplaced[]): Line[] {
  let top = 0;
  return lines.map((line) => {
    const placed = { ...line, top };
    top += line.size;
    return placed;
  });
}

/** Fills lines one after another; each takes one unit more or less, whichever comes closer to the height aimed at. */
function flow(units: readonly Unit[], frame: Frame): Unplaced[] {
  const lines: Unplaced[] = [];
  let current: Unit[] = [];
  for (const unit of units) {
    const longer = [...current, unit];
    const [more, fewer] = [fit(longer, frame), fit(current, frame)];
    if (current.length > 0 && more < frame.target && frame.target / more > fewer / frame.target) {
      lines.push(line(current, fewer, frame));
      current = [unit];
    } else if (more <= frame.target) {
      lines.push(line(longer, more, frame));
      current = [];
    } else {
      current = longer;
    }
  }
  if (current.length > 0) lines.push(line(current, fit(current, frame) <= frame.most ? fit(current, frame) : frame.target, frame));
  return lines;
}

/** The height at which these fill the width. */
function fit(units: readonly Unit[], { width, gap, blockGap }: Frame): number {
  const aspects = units.reduce((sum, { shapes }) => sum + shapes.reduce((inner, { aspect }) => inner + aspect, 0), 0);
  const inner = units.reduce((sum, { shapes }) => sum + gap * (shapes.length - 1), 0);
  return aspects === 0 ? Infinity : (width - inner - blockGap * (units.length - 1)) / aspects;
}

/** A little above the most is better than an edge that just fails to align. */
const STRETCH = 1.12;

function line(units: readonly Unit[], wanted: number, frame: Frame): Unplaced {
  const height = Math.floor(wanted <= frame.most * STRETCH ? wanted : frame.most);
  const tiles: Placed[] = [];
  const captions: Caption[] = [];
  let x = 0;
  units.forEach((unit, index) => {
    const last = index === units.length - 1;
    const placed = placeAll(unit.shapes, { height, start: x, room: frame.width - x, gap: frame.gap, last });
    const end = placed.at(-1)!.x + placed.at(-1)!.width;
    tiles.push(...(unit.merged ? [{ key: unit.block, x, width: end - x, height }] : placed));
    if (frame.caption > 0) captions.push({ key: unit.block, x, width: end - x });
    x = end + frame.blockGap;
  });
  return { key: `line:${tiles[0]!.key}`, size: height + frame.caption + frame.gap, heading: null, tiles, captions };
}

interface Space {
  readonly height: number;
  readonly start: number;
  readonly room: number;
  readonly gap: number;
  /** Whether nothing comes after these on their line. */
  readonly last: boolean;
}

function placeAll(shapes: readonly Shape[], { height, start, room, gap, last }: Space): Placed[] {
  let x = start;
  return shapes.map(({ key, aspect }, index) => {
    const natural = Math.max(1, Math.round(aspect * height));
    const remaining = start + room - x;
    // Rounding leaves a few pixels over; the last one of a full line takes them, so that edges align.
    const fills = last && index === shapes.length - 1 && Math.abs(remaining - natural) <= 3 + shapes.length;
    const placed = { key, x, width: fills ? remaining : Math.min(natural, remaining), height };
    x += placed.width + gap;
    return placed;
  });
}

/** A batch that needs several lines, in rows of one height: it reads as one thing. */
function tall(block: Block, frame: Frame): Unplaced[] {
  const rows = splitEvenly(block.shapes, frame);
  const height = Math.floor(Math.min(frame.most, ...rows.map((shapes) => fit([{ ...unitOf(block), shapes }], frame))));
  const placed = rows.map((shapes) => placeAll(shapes, { height, start: 0, room: frame.width, gap: frame.gap, last: true }));
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
  for (let count = 2; count < shapes.length; count += 1) {
    const each = Math.ceil(shapes.length / count);
    const rows = Array.from({ length: Math.ceil(shapes.length / each) }, (_, row) => shapes.slice(row * each, (row + 1) * each));
    if (rows.every((row) => fit([{ block: "", shapes: row, merged: false }], frame) >= frame.least)) return rows;
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
