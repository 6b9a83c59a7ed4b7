"use client";

import { Music, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import type { Given } from "./file-values.ts";
import { useUpload } from "./use-upload.ts";

interface Props {
  readonly given: Given;
  readonly label: string;
  readonly onRemove: () => void;
  /** Buttons before the one that removes it. */
  readonly children?: ReactNode;
}

/** One file that has been given. */
export function FileCard({ given, label, onRemove, children }: Props) {
  const { upload, gone } = useUpload(given.upload);
  return (
    <div className="flex items-center gap-3 rounded-box border border-line bg-sheet p-1.5">
      <Look url={upload?.thumbnail_url ?? null} isSound={upload?.purpose === "audio"} label={label} />
      <span className={gone ? "min-w-0 flex-1 text-small text-danger" : "figures min-w-0 flex-1 text-small text-ink-soft"}>
        {gone ? t.files.gone : upload ? sizeOf(upload) : null}
      </span>
      <span className="flex shrink-0">
        {children}
        <IconButton icon={Trash2} label={`${t.files.remove}: ${label}`} small onClick={onRemove} />
      </span>
    </div>
  );
}

const sizeOf = ({ width, height, bytes }: { width: number | null; height: number | null; bytes: number | null }): string =>
  width === null || height === null ? t.files.sound(bytes ?? 0) : t.files.size(width, height, bytes ?? 0);

function Look({ url, isSound, label }: { url: string | null; isSound: boolean; label: string }) {
  if (isSound) return <Frame>{<Icon of={Music} size={20} />}</Frame>;
  return <Frame>{url ? <img src={url} alt={label} draggable={false} className="size-full object-contain" /> : null}</Frame>;
}

const Frame = ({ children }: { children: ReactNode }) => (
  <span className="flex size-14 shrink-0 items-center justify-center overflow-hidden rounded-[4px] bg-well text-ink-soft">{children}</span>
);
