"use client";

import { ImagePlus, Music } from "lucide-react";
import { useId, useState, type ClipboardEvent, type DragEvent, type ReactNode } from "react";
import type { UploadPurpose } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { ProgressLine } from "../../ui/progress-line.tsx";
import type { Sending } from "./use-giving.ts";

interface Props {
  readonly label: string;
  readonly purpose: UploadPurpose;
  readonly many?: boolean;
  readonly sending: Sending | null;
  readonly trouble: string | null;
  readonly onFiles: (files: readonly File[]) => void;
  /** What has been chosen already; the place to choose comes after it. */
  readonly children?: ReactNode;
  /** Whether there is room for more. */
  readonly open?: boolean;
}

const accepted: Readonly<Record<UploadPurpose, string>> = {
  image: "image/png,image/jpeg,image/webp,image/gif,image/avif",
  mask: "image/png,image/jpeg,image/webp",
  audio: "audio/*",
};

/** Where files are chosen, dropped or pasted. */
export function DropPlace({ label, purpose, many = false, sending, trouble, onFiles, children, open = true }: Props) {
  const [over, setOver] = useState(false);
  const troubleId = useId();

  function take(files: FileList | null | undefined): boolean {
    const taken = [...(files ?? [])];
    if (taken.length === 0 || sending || !open) return false;
    onFiles(many ? taken : taken.slice(0, 1));
    return true;
  }
  const onPaste = (event: ClipboardEvent) => void (take(event.clipboardData.files) && event.preventDefault());
  function onDrop(event: DragEvent) {
    setOver(false);
    // What is moved within the list has no files.
    if (take(event.dataTransfer.files)) event.preventDefault();
  }
  function onDragOver(event: DragEvent) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  }

  return (
    <div role="group" aria-label={label} onPaste={onPaste} onDrop={onDrop} onDragOver={onDragOver} onDragLeave={() => setOver(false)} className="flex flex-col gap-2">
      {children}
      {open ? (
        <label
          className={cx(
            "relative flex min-h-16 cursor-pointer flex-col items-center justify-center gap-0.5 overflow-hidden rounded-box border border-dashed border-line-strong px-3 py-2 text-center text-small text-ink-soft transition-colors duration-150",
            "hover:border-ink-soft hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent",
            over && "border-accent bg-well",
          )}
        >
          <input
            type="file"
            className="sr-only"
            accept={accepted[purpose]}
            multiple={many}
            disabled={sending !== null}
            aria-label={`${label}: ${many ? t.files.chooseImages : t.files.choose}`}
            aria-describedby={trouble ? troubleId : undefined}
            onChange={(event) => {
              take(event.currentTarget.files);
              // The same file may be chosen again.
              event.currentTarget.value = "";
            }}
          />
          {sending ? <Progress sending={sending} /> : <Invitation purpose={purpose} many={many} />}
        </label>
      ) : null}
      <p id={troubleId} role="alert" className="text-small text-danger empty:hidden">
        {trouble}
      </p>
    </div>
  );
}

function Invitation({ purpose, many }: { purpose: UploadPurpose; many: boolean }) {
  return (
    <>
      <span className="flex items-center gap-2 text-ink">
        <Icon of={purpose === "audio" ? Music : ImagePlus} />
        {many ? t.files.chooseImages : t.files.choose}
      </span>
      <span className="max-sm:hidden">{many ? t.files.dropImages : t.files.drop}</span>
    </>
  );
}

function Progress({ sending: { name, fraction } }: { sending: Sending }) {
  return (
    <>
      <span role="status" className="max-w-full truncate" dir="auto">
        {fraction === null ? t.files.checking : t.files.uploading(name)}
      </span>
      <span className="absolute inset-x-0 bottom-0">
        <ProgressLine value={fraction} />
      </span>
    </>
  );
}
