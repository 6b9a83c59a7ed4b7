/** A mask as it is drawn: strokes in the picture's own pixels, so that it can be drawn anew at any size. */
export interface MaskPicture {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Stroke {
  readonly width: number;
  readonly erases: boolean;
  readonly points: readonly Point[];
}

export const BRUSH_SHARES = { least: 0.01, most: 0.3, usual: 0.06 } as const;

/** A brush as wide as this share of the picture's longer side. */
export const brushWidth = (share: number, { width, height }: { width: number; height: number }): number => Math.max(1, Math.round(share * Math.max(width, height)));

export const begun = (strokes: readonly Stroke[], stroke: Stroke): readonly Stroke[] => [...strokes, stroke];

export function prolonged(strokes: readonly Stroke[], point: Point): readonly Stroke[] {
  const last = strokes.at(-1);
  return last ? strokes.with(-1, { ...last, points: [...last.points, point] }) : strokes;
}

/** Whether there is anything to edit. */
export const isDrawn = (strokes: readonly Stroke[]): boolean => strokes.some(({ erases }) => !erases);

const DAB = 0.01;

/** What of a canvas is needed to draw on it. */
export type Paper = Pick<CanvasRenderingContext2D, "save" | "restore" | "beginPath" | "moveTo" | "lineTo" | "stroke" | "clearRect" | "scale"> & {
  strokeStyle: CanvasRenderingContext2D["strokeStyle"];
  lineWidth: number;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  globalCompositeOperation: GlobalCompositeOperation;
};

/** What is erased lets through again. */
export function drawStrokes(paper: Paper, strokes: readonly Stroke[], { scale, color }: { scale: number; color: string }): void {
  paper.save();
  paper.scale(scale, scale);
  paper.lineCap = "round";
  paper.lineJoin = "round";
  paper.strokeStyle = color;
  for (const { width, erases, points } of strokes) {
    const [first, ...others] = points;
    if (!first) continue;
    paper.globalCompositeOperation = erases ? "destination-out" : "source-over";
    paper.lineWidth = width;
    paper.beginPath();
    paper.moveTo(first.x, first.y);
    // A dab; a line of no length at all would not be drawn.
    for (const { x, y } of others.length === 0 ? [{ x: first.x + DAB, y: first.y }] : others) paper.lineTo(x, y);
    paper.stroke();
  }
  paper.restore();
}

/** White where to edit, on black, in the picture's own size. */
export async function toMask(strokes: readonly Stroke[], { width, height }: { width: number; height: number }): Promise<Blob> {
  const [white, whole] = [newCanvas(width, height), newCanvas(width, height)];
  drawStrokes(white.paper, strokes, { scale: 1, color: "#fff" });
  whole.paper.fillStyle = "#000";
  whole.paper.fillRect(0, 0, width, height);
  whole.paper.drawImage(white.canvas, 0, 0);
  return new Promise((resolve, reject) => whole.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the mask could not be made"))), "image/png"));
}

function newCanvas(width: number, height: number) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const paper = canvas.getContext("2d");
  if (!paper) throw new Error("this browser draws nothing");
  return { canvas, paper };
}
