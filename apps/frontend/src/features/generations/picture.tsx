"use client";

import { useQueryClient } from "@tanstack/react-query";
import { AudioLines, Film as FilmRoll, Play, type LucideIcon } from "lucide-react";
import { useState } from "react";
import type { OutputView } from "@cooly/contract";
import { format } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { refresh } from "./cache.ts";
import { addressOf, forgetAddress } from "./file-address.ts";
import { peaksOf } from "./peaks.ts";
import { blurOf } from "./thumbhash.ts";
import { Waveform } from "./waveform.tsx";

interface Props {
  readonly generationId: string;
  readonly output: OutputView;
  readonly alt: string;
  /** Whether it is drawn so large that a thumbnail would look soft. */
  readonly large: boolean;
}

// More would be finer than what is between them, fewer would be blocks.
const BARS = { small: 48, large: 96 } as const;

/** Fills its frame: a blur at once, then the thumbnail, then, where it is drawn large, the picture itself. Of a sound, how loud it is. */
export function Picture(props: Props) {
  const { output } = props;
  if (output.mime?.startsWith("audio/")) return <Sound output={output} bars={props.large ? BARS.large : BARS.small} />;
  if (output.mime?.startsWith("video/")) return <Film {...props} />;
  return <Layers {...props} file={addressOf(output).url} />;
}

/** The poster, or where there is none a quiet frame, under a sign that it moves. */
function Film(props: Props) {
  const { output } = props;
  const unseen = addressOf(output).thumbnail === null && blurOf(output.thumbhash) === null;
  return (
    <span className="relative block size-full bg-well [container-type:size]">
      {unseen ? <Unseen icon={FilmRoll} className="hidden @min-[7rem]:flex" /> : <Layers {...props} file={null} />}
      <Sign icon={Play} output={output} className="start-1/2 top-1/2 -translate-1/2 rtl:translate-x-1/2 @min-[7rem]:start-2 @min-[7rem]:top-2 @min-[7rem]:translate-none" />
    </span>
  );
}

/** Where it is low the sign stands before the bars, and where it is very small they say enough. */
function Sound({ output, bars }: { output: OutputView; bars: number }) {
  const peaks = peaksOf(output.waveform);
  return (
    <span className="relative block size-full bg-well [container-type:size]">
      {peaks ? (
        <span className="absolute inset-x-[6%] inset-y-[22%] [@container_(min-width:7rem)_and_(max-height:9.5rem)]:start-19">
          <Waveform peaks={peaks} bars={bars} />
        </span>
      ) : (
        <Unseen icon={AudioLines} className="flex" />
      )}
      <Sign icon={AudioLines} output={output} className="start-2 top-2 hidden @min-[7rem]:flex [@container_(max-height:9.5rem)]:top-1/2 [@container_(max-height:9.5rem)]:-translate-y-1/2" />
    </span>
  );
}

/** In place of what can be heard or played, but not shown. Of the words, those of the tile's name are enough. */
function Unseen({ icon, className }: { icon: LucideIcon; className: string }) {
  return (
    <span data-testid="unseen" className={cx("absolute inset-0 items-center justify-center text-ink-soft", className)}>
      <span className="rounded-round border-line-strong @min-[7rem]:border @min-[7rem]:p-3 [@container_(max-height:5rem)]:border-0">
        <Icon of={icon} size={20} />
      </span>
    </span>
  );
}

/** In a frame of the filmstrip only the sign has room. */
function Sign({ icon, output: { duration_ms: durationMs }, className }: { icon: LucideIcon; output: OutputView; className: string }) {
  return (
    <span aria-hidden data-testid="sign" className={cx("absolute flex items-center gap-1 rounded-full bg-black/60 p-1 text-small text-white @min-[7rem]:px-2", className)}>
      <Icon of={icon} size={14} />
      {durationMs === null ? null : <span className="figures hidden @min-[7rem]:inline">{format.clock(durationMs)}</span>}
    </span>
  );
}

function Layers({ generationId, output, alt, large, file }: Props & { file: string | null }) {
  const blur = blurOf(output.thumbhash);
  const first = addressOf(output).thumbnail ?? file;
  return (
    <span className="relative block size-full bg-well bg-cover bg-center" style={blur ? { backgroundImage: `url("${blur}")` } : undefined}>
      {first ? <Layer key={first} src={first} alt={large && file !== first ? "" : alt} output={output} generationId={generationId} /> : null}
      {large && file && file !== first ? <Layer key={file} src={file} alt={alt} output={output} generationId={generationId} /> : null}
    </span>
  );
}

interface LayerProps {
  readonly src: string;
  readonly alt: string;
  readonly output: OutputView;
  readonly generationId: string;
}

function Layer({ src, alt, output, generationId }: LayerProps) {
  const queries = useQueryClient();
  const [shown, setShown] = useState(false);
  const [failed, setFailed] = useState(false);

  function retryOnce() {
    if (failed) return;
    setFailed(true);
    forgetAddress(output);
    void refresh(queries, generationId);
  }

  return (
    <img
      ref={(image) => {
        // From the browser's own copy it is there at once; fading it in would only flicker.
        if (image?.complete && image.naturalWidth > 0) setShown(true);
      }}
      src={src}
      alt={alt}
      decoding="async"
      draggable={false}
      onLoad={() => setShown(true)}
      onError={retryOnce}
      className={cx("absolute inset-0 size-full object-cover transition-opacity duration-150", shown ? "opacity-100" : "opacity-0")}
    />
  );
}
