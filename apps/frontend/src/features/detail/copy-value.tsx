"use client";

import { Check, Copy } from "lucide-react";
import { t } from "../../messages/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { useCopy } from "../../ui/use-copy.ts";

/** A value to take along. */
export function CopyValue({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy();
  return (
    <button type="button" aria-label={copied ? t.detail.copied : label} onClick={() => void copy(text)} className="-my-1 -me-1 inline-flex rounded-box p-1 align-middle text-ink-soft hover:text-ink">
      <Icon of={copied ? Check : Copy} size={14} />
    </button>
  );
}
