"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { OutputView } from "@cooly/contract";
import { cx } from "../../ui/cx.ts";
import { refresh } from "./cache.ts";
import { addressOf, forgetAddress } from "./file-address.ts";
import { blurOf } from "./thumbhash.ts";

interface Props {
  readonly generationId: string;
  readonly output: OutputView;
  readonly alt: string;
  /** Whether it is drawn so large that a thumbnail would look soft. */
  readonly large: boolean;
}

/** Fills its frame: a blur at once, then the thumbnail, then, where it is drawn large, the picture itself. */
export function Picture({ generationId, output, alt, large }: Props) {
  const { url: file, thumbnail } = addressOf(output);
  const blur = blurOf(output.thumbhash);
  // Of a film or a sound without a thumbnail there is nothing to draw.
  const url = /^(video|audio)\//.test(output.mime ?? "") ? null : file;
  const first = thumbnail ?? url;
  return (
    <span className="relative block size-full bg-well bg-cover bg-center" style={blur ? { backgroundImage: `url("${blur}")` } : undefined}>
      {first ? <Layer key={first} src={first} alt={large && url !== first ? "" : alt} output={output} generationId={generationId} /> : null}
      {large && url && url !== first ? <Layer key={url} src={url} alt={alt} output={output} generationId={generationId} /> : null}
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
