"use client";

import { Download, RotateCcw, Trash2, X, type LucideIcon } from "lucide-react";
import { memo, type MouseEvent } from "react";
import { isTerminal } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { IconButton, WithHint } from "../../ui/icon-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { describeOutput } from "./describe.ts";
import { addressOf, fileName } from "./file-address.ts";
import type { Placed } from "./justify.ts";
import { detailPath, openDetail } from "./open-detail.ts";
import { Picture } from "./picture.tsx";
import { StateBody } from "./state-body.tsx";
import { isCancelable, isLost, promptOf, retriable, type Tile } from "./tiles.ts";
import type { Actions } from "./use-actions.ts";

/** From this many device pixels on, a thumbnail looks soft. */
const THUMBNAIL_EDGE = 640;

interface Props {
  readonly tile: Tile;
  readonly place: Placed;
  readonly actions: Actions;
  readonly usualMs: number | null;
  /** Whether Tab stops here; one tile of the grid does. */
  readonly stop: boolean;
  /** Whether the prompt is shown over the picture on hover. */
  readonly named: boolean;
  readonly onRemove: (tile: Tile) => void;
}

const isPlainClick = (event: MouseEvent) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

export const TileFrame = memo(function TileFrame({ tile, place, actions, usualMs, stop, named, onRemove }: Props) {
  const { generation, output, stands } = tile;
  const target = { id: generation.id, index: output.index };
  const prompt = promptOf(generation);
  const hasPicture = output.status === "delivered" && output.url !== null;

  function open(event: MouseEvent) {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    openDetail(target);
  }

  return (
    <div className="group absolute top-0" style={{ insetInlineStart: place.x, width: place.width, height: place.height }} data-testid="card" data-status={output.status} data-generation={generation.id}>
      <a
        href={detailPath(target)}
        onClick={open}
        draggable={false}
        data-tile={tile.key}
        tabIndex={stop ? 0 : -1}
        aria-label={t.tile.open(prompt, describeOutput(output))}
        className="absolute inset-0 block overflow-hidden rounded-box"
      >
        {hasPicture ? <Picture generationId={generation.id} output={output} alt="" large={Math.max(place.width, place.height) * pixelRatio() > THUMBNAIL_EDGE} /> : null}
        {hasPicture && named ? <Named text={prompt} /> : null}
      </a>
      {hasPicture ? null : (
        <div className="pointer-events-none absolute inset-0">
          <StateBody generation={generation} output={output} stands={stands} usualMs={usualMs}>
            <StateButton tile={tile} actions={actions} stop={stop} />
          </StateBody>
        </div>
      )}
      <Toolbar tile={tile} actions={actions} stop={stop} onRemove={onRemove} />
    </div>
  );
});

const pixelRatio = (): number => (typeof window === "undefined" ? 1 : window.devicePixelRatio);

function Named({ text }: { text: string }) {
  return (
    <span className="absolute inset-x-0 bottom-0 hidden bg-linear-to-t from-black/80 to-transparent p-3 pt-8 text-small text-white opacity-0 transition-opacity duration-150 group-focus-within:opacity-100 group-hover:opacity-100 sm:block">
      <span dir="auto" className="line-clamp-2">{text}</span>
    </span>
  );
}

interface ButtonsProps {
  readonly tile: Tile;
  readonly actions: Actions;
  readonly stop: boolean;
}

/** The one thing to do about a frame that has no picture. */
function StateButton({ tile: { generation, output }, actions, stop }: ButtonsProps) {
  const reach = stop ? 0 : -1;
  if (output.status === "refused") {
    return (
      <Button size="tiny" tabIndex={reach} onClick={() => actions.reuse(generation)}>
        {t.tile.editPrompt}
      </Button>
    );
  }
  if (!isLost(output) || !isTerminal(generation.status)) return null;
  return (
    <Button size="tiny" tabIndex={reach} onClick={() => void actions.retry(generation)}>
      {t.tile.retryCost(retriable(generation) * output.credits.quoted)}
    </Button>
  );
}

const glass = "!size-8 !p-0 !border-transparent bg-black/60 !text-white hover:!bg-black/80";

/** Quiet until the pointer or the focus is on the tile. The keys R, D and Del do the same. */
function Toolbar({ tile, actions, stop, onRemove }: ButtonsProps & { onRemove: (tile: Tile) => void }) {
  const { generation, output } = tile;
  const reach = stop ? 0 : -1;
  const { download: url } = addressOf(output);
  const ended = isTerminal(generation.status);

  return (
    <div className="absolute end-2 top-2 flex gap-1 opacity-0 transition-opacity duration-150 group-focus-within:opacity-100 group-hover:opacity-100">
      {ended ? <Tool icon={RotateCcw} label={t.tile.reuse} reach={reach} onPress={() => actions.reuse(generation)} /> : null}
      {output.status === "delivered" && url ? (
        <WithHint label={t.tile.download} shortcut="D">
          <a href={url} download={fileName(generation, output)} tabIndex={reach} aria-label={t.tile.download} data-testid="download" className={buttonClass("quiet", "small", glass)}>
            <Icon of={Download} />
          </a>
        </WithHint>
      ) : null}
      {ended ? <Tool icon={Trash2} label={t.tile.remove} reach={reach} onPress={() => onRemove(tile)} /> : null}
      {isCancelable(generation) ? <Tool icon={X} label={t.tile.cancel} reach={reach} onPress={() => void actions.cancel(generation)} /> : null}
    </div>
  );
}

interface ToolProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly reach: number;
  readonly onPress: () => void;
}

function Tool({ icon, label, reach, onPress }: ToolProps) {
  return <IconButton icon={icon} label={label} small tabIndex={reach} onClick={onPress} className={glass} />;
}
