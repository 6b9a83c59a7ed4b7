"use client";

import { t } from "../messages/index.ts";
import { Button } from "../ui/button.tsx";

export default function Broken({ reset }: { reset: () => void }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-start justify-center gap-4 p-8">
      <div role="alert">
        <h1 className="text-title font-strong">{t.app.broken.title}</h1>
        <p className="text-ink-soft">{t.app.broken.body}</p>
      </div>
      <Button onClick={reset}>{t.app.broken.again}</Button>
    </main>
  );
}
