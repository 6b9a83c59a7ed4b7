"use client";

import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import type { GenerationView } from "@cooly/contract";
import { usualDuration } from "./describe.ts";
import type { Caption, Line } from "./justify.ts";
import { isTerminal } from "@cooly/contract";
import { TileFrame } from "./tile.tsx";
import { tilesOf, type Tile } from "./tiles.ts";
import { download, useActions } from "./use-actions.ts";
import { useRoving, type Clearance } from "./use-roving.ts";
import { useVirtualLines } from "./use-virtual-lines.ts";
import { walk, wishFocus } from "./walk.ts";

interface Props {
  readonly label: string;
  readonly generations: readonly GenerationView[];
  readonly lines: readonly Line[];
  readonly clearance: Clearance;
  readonly onNearEnd: () => void;
  /** Drawn below a line for each of its captions. */
  readonly renderCaption?: (generation: GenerationView) => ReactNode;
}

/** A justified, virtual grid of everything in a list, walked by arrow keys. */
export function Grid({ label, generations, lines, clearance, onNearEnd, renderCaption }: Props) {
  const container = useRef<HTMLElement>(null);
  const tiles = useMemo(() => new Map(generations.flatMap(tilesOf).map((tile) => [tile.key, tile])), [generations]);
  const byId = useMemo(() => new Map(generations.map((generation) => [generation.id, generation])), [generations]);
  const { drawn, margin, height } = useVirtualLines({ lines, container, onNearEnd });
  const { active, setActive, onArrow } = useRoving({ lines, container, clearance });
  const actions = useActions();
  const usual = useUsual(generations);
  useWalk(tiles, onNearEnd);

  const remove = useCallback(
    (tile: Tile) => {
      const beside = actions.remove(tile.generation);
      if (beside) wishFocus(beside.key);
    },
    [actions],
  );

  function onKeyDown(event: KeyboardEvent) {
    onArrow(event);
    const tile = tiles.get((event.target as HTMLElement).dataset["tile"] ?? "");
    if (!tile || event.metaKey || event.ctrlKey || event.altKey) return;
    const ended = isTerminal(tile.generation.status);
    if (event.key === "r" && ended) actions.reuse(tile.generation);
    else if (event.key === "d" && tile.output.status === "delivered") download(tile.generation, tile.output);
    else if ((event.key === "Delete" || event.key === "Backspace") && ended) remove(tile);
    else return;
    event.preventDefault();
  }

  const inView = drawn.flatMap(({ index }) => lines[index]?.tiles.map(({ key }) => key) ?? []);
  const stop = active !== null && inView.includes(active) ? active : inView[0];

  return (
    // The keys act on the link that has the focus; the section only hears them on their way up.
    <section ref={container} aria-label={label} onKeyDown={onKeyDown} onFocus={(event) => focused(event.target, setActive)} className="relative" style={{ height }}>
      {drawn.map(({ index, key, start }) => {
        const line = lines[index];
        if (!line) return null;
        return (
          <div key={key} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${start - margin}px)`, height: line.size }}>
            {line.heading === null ? null : <h2 className="pt-4 text-body font-strong first-letter:uppercase">{line.heading}</h2>}
            {line.tiles.map((place) => {
              const tile = tiles.get(place.key);
              return tile ? (
                <TileFrame key={place.key} tile={tile} place={place} actions={actions} usualMs={usual(tile)} stop={place.key === stop} named={!renderCaption} onRemove={remove} />
              ) : null;
            })}
            {renderCaption ? <Captions line={line} byId={byId} render={renderCaption} /> : null}
          </div>
        );
      })}
    </section>
  );
}

function focused(element: EventTarget & Element, setActive: (key: string) => void): void {
  const key = (element as HTMLElement).dataset["tile"];
  if (key !== undefined) setActive(key);
}

interface CaptionsProps {
  readonly line: Line;
  readonly byId: ReadonlyMap<string, GenerationView>;
  readonly render: (generation: GenerationView) => ReactNode;
}

function Captions({ line, byId, render }: CaptionsProps) {
  const top = line.tiles[0]?.height ?? 0;
  return line.captions.map((caption: Caption) => {
    const generation = byId.get(caption.key);
    return generation ? (
      <div key={caption.key} className="absolute" style={{ top, insetInlineStart: caption.x, width: caption.width }}>
        {render(generation)}
      </div>
    ) : null;
  });
}

/** Lets the large view walk the same way. */
function useWalk(tiles: ReadonlyMap<string, Tile>, more: () => void): void {
  useEffect(() => {
    const stops = [...tiles.values()].map(({ key, generation, output }) => ({ key, id: generation.id, index: output.index }));
    walk.set({ stops, more });
  }, [tiles, more]);
}

function useUsual(generations: readonly GenerationView[]): (tile: Tile) => number | null {
  const known = useMemo(() => new Map<string, number | null>(), [generations]);
  return ({ generation: { model, status } }) => {
    if (isTerminal(status)) return null;
    if (!known.has(model)) known.set(model, usualDuration(generations, model));
    return known.get(model) ?? null;
  };
}
