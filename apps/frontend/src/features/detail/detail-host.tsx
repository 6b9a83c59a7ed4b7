"use client";

import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useRef } from "react";
import { t } from "../../messages/index.ts";
import { useStore } from "../../ui/store.ts";
import { focusWish, walk, wishFocus, type Stop } from "../generations/index.ts";
import { promptWish } from "../recipe/index.ts";
import { DetailView } from "./detail-view.tsx";
import { useDetailMoves, wasLeftByHand } from "./use-detail.ts";
import { useDetailTarget } from "./use-detail-target.ts";

/** The large view, above whichever page is open, whenever the address names a picture. */
export function DetailHost() {
  const target = useDetailTarget();
  const moves = useDetailMoves();
  const view = useRef<HTMLDivElement>(null);
  useReturnedFocus(target);
  return (
    <Dialog.Root open={target !== null} disablePointerDismissal onOpenChange={(open) => (open ? undefined : moves.close())}>
      <Dialog.Portal>
        <Dialog.Popup ref={view} initialFocus={view} finalFocus={false} data-testid="detail" className="fixed inset-x-0 top-(--line-height) bottom-0 z-30 bg-paper text-ink outline-none">
          <Dialog.Title className="sr-only">{t.detail.title}</Dialog.Title>
          {target ? <DetailView target={target} moves={moves} /> : null}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Closing, also by the browser's own button, leads back to the tile of what was seen last. */
function useReturnedFocus(target: Pick<Stop, "id" | "index"> | null): void {
  const last = useRef(target);
  const { stops } = useStore(walk);
  useEffect(() => {
    const seen = last.current;
    last.current = target;
    // What is drawn may lag behind the address when keys come fast; whoever left by a key has named the tile already.
    if (target !== null || seen === null || wasLeftByHand() || promptWish.get() || focusWish.get() !== null) return;
    const stop = stops.find(({ id, index }) => id === seen.id && index === seen.index) ?? stops.find(({ id }) => id === seen.id);
    if (stop) wishFocus(stop.key);
  }, [target, stops]);
}
