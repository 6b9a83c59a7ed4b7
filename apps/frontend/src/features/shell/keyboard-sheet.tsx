"use client";

import type { ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { CardDialog } from "../../ui/dialog.tsx";
import { Key } from "../../ui/key.tsx";
import { pages } from "./pages.ts";

interface Shortcut {
  readonly keys: ReactNode;
  readonly does: string;
}

const isMac = (): boolean => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

function groups(): readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] {
  const { keys } = t.keyboard;
  const command = isMac() ? keys.command : keys.control;
  const one = (key: string) => <Key>{key}</Key>;
  const two = (first: string, second: string) => (
    <>
      <Key>{first}</Key>
      <Key>{second}</Key>
    </>
  );
  return [
    {
      title: t.keyboard.groups.anywhere,
      shortcuts: [
        { keys: one("/"), does: t.keyboard.prompt },
        { keys: two(command, keys.enter), does: t.keyboard.create },
        { keys: two(command, "Z"), does: t.keyboard.undo },
        { keys: one("F6"), does: t.keyboard.notices },
        { keys: one("?"), does: t.keyboard.sheet },
      ],
    },
    {
      title: t.keyboard.groups.grid,
      shortcuts: [
        { keys: one(keys.arrows), does: t.keyboard.walk },
        { keys: one(keys.enter), does: t.keyboard.open },
        { keys: one("D"), does: t.keyboard.download },
        { keys: one("R"), does: t.keyboard.reuse },
        { keys: one(keys.remove), does: t.keyboard.remove },
      ],
    },
    {
      title: t.keyboard.groups.detail,
      shortcuts: [
        { keys: two("J", "→"), does: t.keyboard.next },
        { keys: two("K", "←"), does: t.keyboard.previous },
        { keys: one(keys.escape), does: t.keyboard.close },
      ],
    },
    { title: t.keyboard.groups.go, shortcuts: pages.map(({ key, label }) => ({ keys: two("G", key.toUpperCase()), does: label })) },
  ];
}

export function KeyboardSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <CardDialog open={open} onClose={onClose} title={t.keyboard.title} closeLabel={t.app.close} className="sm:!w-[min(44rem,calc(100vw-4rem))]">
      {/* Where it is taller than the window, keys scroll it. */}
      <div tabIndex={0} className="grid gap-x-12 gap-y-6 outline-none sm:grid-cols-2">
        {groups().map(({ title, shortcuts }) => (
          <section key={title}>
            <h3 className="pb-1 text-small text-ink-soft">{title}</h3>
            <dl>
              {shortcuts.map(({ keys, does }) => (
                <div key={does} className="flex items-center justify-between gap-4 border-t border-line py-1.5">
                  <dt>{does}</dt>
                  <dd className="flex gap-1">{keys}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </CardDialog>
  );
}
