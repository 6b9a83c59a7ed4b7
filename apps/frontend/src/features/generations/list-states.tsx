"use client";

import type { MediaKind } from "@cooly/contract";
import { useRouter } from "next/navigation";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { changeDraft, wishPrompt } from "../recipe/index.ts";

/** Frames without words, for a list that takes longer than a moment. */
export function Skeleton({ lines, height }: { lines: number; height: number }) {
  return (
    <div aria-busy aria-label={t.app.loading} role="status" className="flex animate-late flex-col gap-11">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="flex gap-2" style={{ height }}>
          {[3, 4, 3].map((grow, index) => (
            <div key={index} className="rounded-box bg-well" style={{ flexGrow: (grow + line) % 5 || 1 }} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** Three good prompts to press. */
export function Empty({ title, body, kind = "image" }: { title: string; body: string; kind?: MediaKind }) {
  const router = useRouter();
  function start(prompt: string) {
    changeDraft({ prompt });
    wishPrompt();
    router.push("/", { scroll: false });
  }
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4 px-2 py-12 wide:px-6">
      <div>
        <h2 className="text-title font-strong">{title}</h2>
        <p className="text-ink-soft">{body}</p>
      </div>
      <ul className="flex flex-col gap-2">
        {t.create.examples[kind].map((prompt) => (
          <li key={prompt}>
            <button type="button" onClick={() => start(prompt)} className="w-full rounded-box border border-line bg-sheet px-4 py-3 text-start transition-colors duration-150 hover:border-line-strong">
              {prompt}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function ListTrouble({ onAgain }: { onAgain: () => void }) {
  return (
    <div role="alert" className="mx-auto flex max-w-3xl flex-col items-start gap-4 px-2 py-12 wide:px-6">
      <p>{t.list.loadFailed}</p>
      <Button onClick={onAgain}>{t.list.again}</Button>
    </div>
  );
}
