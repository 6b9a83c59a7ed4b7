"use client";

import { useCallback, useEffect, useState } from "react";
import { t } from "../../messages/index.ts";
import { useMedia, WIDE } from "../../ui/use-media.ts";
import { useDetailOpen } from "../detail/index.ts";
import { useComposer } from "./use-composer.ts";
import { Canvas } from "./canvas.tsx";
import { PromptBar } from "./prompt-bar.tsx";
import { SettingsPanel, SettingsSheet } from "./settings.tsx";

/** Prompt, results and, on demand, the rest of the settings. */
export function CreateScreen() {
  const composer = useComposer();
  const wide = useMedia(WIDE);
  const [settings, setSettings] = useState(false);
  const covered = useDetailOpen();
  const { create, errors, fields } = composer;

  const press = useCallback(async () => {
    if (await create()) window.scrollTo({ top: 0 });
  }, [create]);

  useEffect(() => {
    // The server may complain about a setting that is out of sight.
    if (fields.some(({ name, control }) => control !== "prompt" && errors[name] !== undefined)) setSettings(true);
  }, [errors, fields]);

  return (
    <div className="flex">
      <div className="min-w-0 flex-1">
        <h1 className="sr-only">{t.create.title}</h1>
        <div className="fixed inset-x-0 bottom-(--dock-height) z-20 border-t border-line bg-paper p-2 wide:sticky wide:top-(--line-height) wide:bottom-auto wide:h-34 wide:border-t-0 wide:bg-transparent wide:p-0">
          {/* Its height stays while the prompt grows over the pictures, so that nothing below it moves. */}
          <div aria-hidden className="absolute inset-x-0 top-0 hidden h-full bg-paper wide:block" />
          <div className="relative mx-auto max-w-3xl wide:px-6 wide:pt-4">
            <PromptBar composer={composer} settingsOpen={settings} onSettings={() => setSettings(!settings)} onCreate={() => void press()} />
          </div>
        </div>
        <Canvas />
      </div>
      {wide && settings ? <SettingsPanel composer={composer} onClose={() => setSettings(false)} /> : null}
      {/* A window that grows narrow must not bring it over the large view. */}
      {wide ? null : <SettingsSheet composer={composer} open={settings && !covered} onClose={() => setSettings(false)} />}
    </div>
  );
}
