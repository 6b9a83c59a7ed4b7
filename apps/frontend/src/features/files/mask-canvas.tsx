"use client";

import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { t } from "../../messages/index.ts";
import { begun, BRUSH_SHARES, brushWidth, drawStrokes, prolonged, type MaskPicture, type Point, type Stroke } from "./mask-strokes.ts";

interface Props {
  readonly picture: MaskPicture;
  readonly strokes: readonly Stroke[];
  readonly onStrokes: (change: (before: readonly Stroke[]) => readonly Stroke[]) => void;
  readonly brush: { readonly share: number; readonly erases: boolean };
  readonly onShare: (share: number) => void;
  readonly onUndo: () => void;
}

/** What is shown needs no more; the mask itself has every pixel of the picture. */
const SHOWN_PX = 1024;
const STEP_SHARE = 0.02;
const SHARE_STEP = 0.01;
const SHOWN_COLOR = "#fff";

const arrows: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** The picture with what is drawn over it. By pointer, or by keys: then the brush shows where it is. */
export function MaskCanvas({ picture, strokes, onStrokes, brush, onShare, onUndo }: Props) {
  const sheet = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<Point>({ x: picture.width / 2, y: picture.height / 2 });
  const scale = Math.min(1, SHOWN_PX / Math.max(picture.width, picture.height));
  const width = brushWidth(brush.share, picture);

  useEffect(() => {
    const paper = sheet.current?.getContext("2d");
    if (!paper) return;
    paper.clearRect(0, 0, paper.canvas.width, paper.canvas.height);
    drawStrokes(paper, strokes, { scale, color: SHOWN_COLOR });
  }, [strokes, scale]);

  const begin = (point: Point) => onStrokes((before) => begun(before, { width, erases: brush.erases, points: [point] }));
  const pointOf = (event: PointerEvent<HTMLCanvasElement>): Point => {
    const { left, top, width: shown } = event.currentTarget.getBoundingClientRect();
    const ratio = picture.width / shown;
    return { x: (event.clientX - left) * ratio, y: (event.clientY - top) * ratio };
  };

  function onKeyDown(event: KeyboardEvent) {
    const way = arrows[event.key];
    if (way) {
      const step = STEP_SHARE * Math.max(picture.width, picture.height) * (event.shiftKey ? 4 : 1);
      setAt(({ x, y }) => ({ x: within(x + way[0] * step, picture.width), y: within(y + way[1] * step, picture.height) }));
    } else if (event.key === " " || event.key === "Enter") begin(at);
    else if (event.key === "[" || event.key === "]") {
      const next = brush.share + (event.key === "]" ? SHARE_STEP : -SHARE_STEP);
      onShare(Math.min(BRUSH_SHARES.most, Math.max(BRUSH_SHARES.least, next)));
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) onUndo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className="relative mx-auto max-w-full overflow-hidden rounded-box bg-well" style={{ aspectRatio: `${picture.width} / ${picture.height}`, width: `min(100%, calc(min(60dvh, 40rem) * ${picture.width / picture.height}))` }}>
      <img src={picture.url} alt="" draggable={false} className="absolute inset-0 size-full select-none" />
      <canvas
        ref={sheet}
        width={Math.round(picture.width * scale)}
        height={Math.round(picture.height * scale)}
        tabIndex={0}
        role="application"
        aria-label={t.files.mask.canvas}
        aria-description={t.files.mask.hint}
        data-testid="mask-canvas"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const point = pointOf(event);
          setAt(point);
          begin(point);
        }}
        onPointerMove={(event) => {
          const point = pointOf(event);
          setAt(point);
          if (event.currentTarget.hasPointerCapture(event.pointerId)) onStrokes((before) => prolonged(before, point));
        }}
        className="peer absolute inset-0 size-full cursor-crosshair touch-none opacity-60 outline-none"
      />
      <BrushRing at={at} width={width} picture={picture} />
      <span aria-hidden className="pointer-events-none absolute inset-0 rounded-box peer-focus-visible:outline-2 peer-focus-visible:-outline-offset-2 peer-focus-visible:outline-accent" />
    </div>
  );
}

/** Seen on any picture: dark within light. */
function BrushRing({ at, width, picture }: { at: Point; width: number; picture: MaskPicture }) {
  const percent = (value: number, of: number): string => `${(value / of) * 100}%`;
  return (
    <span
      aria-hidden
      className="pointer-events-none absolute -translate-x-1/2 -translate-y-1/2 rounded-full border border-black ring-1 ring-white"
      style={{ left: percent(at.x, picture.width), top: percent(at.y, picture.height), width: percent(width, picture.width), height: percent(width, picture.height) }}
    />
  );
}
