"use client";

import type { CSSProperties } from "react";
import type { GenerationView, OutputView } from "@cooly/contract";
import { addressOf, aspectOf, blurOf, Picture, promptOf, StateBody } from "../generations/index.ts";
import { useSize, type Size } from "../../ui/use-size.ts";
import { Player } from "./player.tsx";

interface Props {
  readonly generation: GenerationView;
  readonly output: OutputView;
}

/** The picture as large as there is room, in a frame that has its shape before it has its pixels. */
export function Stage({ generation, output }: Props) {
  const { size, ref } = useSize();
  const aspect = aspectOf(generation, output);
  const frame = size && fitted(aspect, size, output.width);
  return (
    <div className="h-[min(68dvh,calc((100vw-1rem)/var(--aspect)+0.5rem))] shrink-0 px-2 pb-2 wide:h-auto wide:min-h-0 wide:flex-1 wide:px-8 wide:pb-6" style={{ "--aspect": aspect } as CSSProperties}>
      <div ref={ref} className="flex size-full items-center justify-center">
        {frame ? (
          <div className="relative overflow-hidden rounded-box" style={frame} data-testid="stage">
            <Content key={output.id} generation={generation} output={output} />
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** Never larger than twice its own pixels: blown up further, it would say nothing more. */
function fitted(aspect: number, { width, height }: Size, natural: number | null): Size {
  const most = Math.min(width, height * aspect, (natural ?? width) * 2);
  return { width: Math.floor(most), height: Math.floor(most / aspect) };
}

function Content({ generation, output }: Props) {
  const { url, thumbnail } = addressOf(output);
  const prompt = promptOf(generation);
  if (output.status !== "delivered" || !url) return <StateBody generation={generation} output={output} stands={1} usualMs={null} brief />;
  if (generation.kind === "image") return <Picture generationId={generation.id} output={output} alt={prompt} large />;
  const poster = thumbnail ?? blurOf(output.thumbhash) ?? undefined;
  return generation.kind === "video" ? (
    <video src={url} poster={poster} controls loop playsInline aria-label={prompt} className="size-full bg-well" />
  ) : (
    <Player url={url} output={output} label={prompt} />
  );
}
