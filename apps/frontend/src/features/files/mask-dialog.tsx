"use client";

import { Eraser, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { Slide } from "../../ui/controls.tsx";
import { CardDialog } from "../../ui/dialog.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { MaskCanvas } from "./mask-canvas.tsx";
import { BRUSH_SHARES, isDrawn, toMask, type MaskPicture, type Stroke } from "./mask-strokes.ts";

interface Props {
  readonly open: boolean;
  readonly picture: MaskPicture;
  readonly onClose: () => void;
  readonly onMask: (mask: Blob) => void;
}

const PERCENT = 100;

/** The picture to draw on, and what to draw with. */
export function MaskDialog({ open, picture, onClose, onMask }: Props) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [share, setShare] = useState<number>(BRUSH_SHARES.usual);
  const [erases, setErases] = useState(false);
  const drawn = isDrawn(strokes);
  const undo = () => setStrokes((before) => before.slice(0, -1));

  return (
    <CardDialog open={open} onClose={onClose} title={t.files.mask.title} closeLabel={t.app.close} className="sm:!w-[min(56rem,calc(100vw-4rem))]">
      <div className="flex flex-col gap-4">
        <MaskCanvas picture={picture} strokes={strokes} onStrokes={setStrokes} brush={{ share, erases }} onShare={setShare} onUndo={undo} />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <span className="min-w-40 flex-1">
            <Slide
              label={t.files.mask.brush}
              value={Math.round(share * PERCENT)}
              onChange={(percent) => setShare(percent / PERCENT)}
              min={BRUSH_SHARES.least * PERCENT}
              max={BRUSH_SHARES.most * PERCENT}
              step={1}
            />
          </span>
          <span className="flex">
            <IconButton icon={Eraser} label={t.files.mask.erase} aria-pressed={erases} look={erases ? "plain" : "quiet"} onClick={() => setErases(!erases)} />
            <IconButton icon={Undo2} label={t.files.mask.undo} disabled={strokes.length === 0} focusableWhenDisabled onClick={undo} />
            <IconButton icon={Trash2} label={t.files.mask.clear} disabled={strokes.length === 0} focusableWhenDisabled onClick={() => setStrokes([])} />
          </span>
          <Button look="primary" disabled={!drawn} focusableWhenDisabled onClick={() => void toMask(strokes, picture).then(onMask)}>
            {t.files.mask.save}
          </Button>
        </div>
        <p className="text-small text-ink-soft max-sm:hidden">{t.files.mask.hint}</p>
      </div>
    </CardDialog>
  );
}
