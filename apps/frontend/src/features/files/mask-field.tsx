"use client";

import { Brush } from "lucide-react";
import { useState } from "react";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import type { FormField } from "../recipe/index.ts";
import { DropPlace } from "./drop-place.tsx";
import { FileCard } from "./file-card.tsx";
import { givenIn } from "./file-values.ts";
import { MaskDialog } from "./mask-dialog.tsx";
import { useGiving } from "./use-giving.ts";
import { useUpload } from "./use-upload.ts";

interface Props {
  readonly field: FormField;
  readonly value: unknown;
  /** What the form holds of the picture that the mask is for. */
  readonly picture: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Drawn over the picture, or a file of one's own. */
export function MaskField({ field, value, picture, onChange }: Props) {
  const { sending, trouble, give, tell } = useGiving("mask");
  const [drawing, setDrawing] = useState(false);
  const [given] = givenIn(value);
  const { upload } = useUpload(givenIn(picture)[0]?.upload);

  async function take(files: readonly (Blob & { name?: string })[]) {
    await give(files, ({ id, width, height }) => {
      const fits = !upload || (upload.width === width && upload.height === height);
      if (fits) onChange({ upload: id });
      else tell(t.files.trouble["mask_size_differs"]!);
    });
  }

  return (
    <>
      <DropPlace label={field.label} purpose="mask" sending={sending} trouble={trouble} open={!given || sending !== null} onFiles={(files) => void take(files)}>
        {given ? <FileCard given={given} label={field.label} onRemove={() => onChange(undefined)} /> : null}
        <Button size="small" disabled={!upload} focusableWhenDisabled onClick={() => setDrawing(true)}>
          <Icon of={Brush} />
          {given ? t.files.mask.change : t.files.mask.draw}
        </Button>
        {upload ? null : <p className="text-small text-ink-soft">{t.files.mask.needsPicture}</p>}
      </DropPlace>
      {upload?.url && upload.width && upload.height ? (
        <MaskDialog
          key={upload.id}
          open={drawing}
          picture={{ url: upload.url, width: upload.width, height: upload.height }}
          onClose={() => setDrawing(false)}
          onMask={(mask) => {
            setDrawing(false);
            void take([mask]);
          }}
        />
      ) : null}
    </>
  );
}
