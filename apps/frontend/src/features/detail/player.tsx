"use client";

import { Pause, Play } from "lucide-react";
import { useRef, useState, type ChangeEvent } from "react";
import type { OutputView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { peaksOf, Waveform } from "../generations/index.ts";

// Arrow keys go by this share of the whole.
const STEPS = 100;

/** A sound: how loud it is over its length, and how much of that was heard. */
export function Player({ url, output, label }: { url: string; output: OutputView; label: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState((output.duration_ms ?? 0) / 1000);
  const heard = length > 0 ? Math.min(1, at / length) : 0;
  const place = t.player.place(format.clock(at * 1000), format.clock(length * 1000));

  function toggle() {
    if (playing) audio.current?.pause();
    // What the browser does not play says so by staying where it is.
    else void audio.current?.play().catch(() => setPlaying(false));
  }

  function seek({ target }: ChangeEvent<HTMLInputElement>) {
    setAt(target.valueAsNumber);
    if (audio.current) audio.current.currentTime = target.valueAsNumber;
  }

  return (
    <div role="group" aria-label={label} className="flex size-full items-center gap-3 bg-well px-3 py-2 wide:gap-5 wide:px-6">
      <audio
        ref={audio}
        src={url}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
        onLoadedMetadata={({ currentTarget: { duration } }) => Number.isFinite(duration) && setLength(duration)}
      />
      <IconButton icon={playing ? Pause : Play} label={playing ? t.player.pause : t.player.play} look="plain" className="!rounded-full" onClick={toggle} />
      <div dir="ltr" className="relative h-[60%] min-w-0 flex-1 rounded-box has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-4 has-[:focus-visible]:outline-accent">
        <Track waveform={output.waveform} heard={heard} />
        <input
          type="range"
          min={0}
          max={length}
          step={length > 0 ? length / STEPS : 1}
          value={Math.min(at, length)}
          onChange={seek}
          aria-label={t.player.position}
          aria-valuetext={place}
          className="absolute inset-0 m-0 size-full cursor-pointer opacity-0"
        />
      </div>
      <span aria-hidden className="figures shrink-0 text-small text-ink-soft">
        {place}
      </span>
    </div>
  );
}

/** A line, where it is not known how loud the sound is. */
function Track({ waveform, heard }: { waveform: string | null; heard: number }) {
  const peaks = peaksOf(waveform);
  if (peaks) return <Waveform peaks={peaks} heard={heard} />;
  return (
    <span className="absolute inset-x-0 top-1/2 block h-1 -translate-y-1/2 overflow-hidden rounded-full bg-line-strong">
      <span className="block h-full bg-accent" style={{ width: `${(heard * 100).toFixed(2)}%` }} />
    </span>
  );
}
