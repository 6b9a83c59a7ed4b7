const FRAMES = 40;
/** What closes may give the focus back to where it had it from, a moment after we have moved it on. */
const HELD_FRAMES = 4;

/**
 * Focuses an element as soon as that is possible, and until it stays: while a dialog above it is on its way out, it cannot
 * be. Gives up if the reader does something meanwhile. Answers whether it was done.
 */
export function focusSoon(find: () => HTMLElement | null): Promise<boolean> {
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  const hands = ["keydown", "pointerdown"] as const;
  // The key that brought us here has passed the window already, on its way down.
  for (const hand of hands) window.addEventListener(hand, interrupt, { capture: true, once: true });
  return new Promise<boolean>((resolve) => {
    const attempt = (left: number, held: number): void => {
      if (interrupted || left === 0) return resolve(false);
      const element = find();
      if (element && document.activeElement !== element) element.focus({ preventScroll: true });
      const holds = element !== null && document.activeElement === element ? held + 1 : 0;
      if (holds === HELD_FRAMES) resolve(true);
      else requestAnimationFrame(() => attempt(left - 1, holds));
    };
    attempt(FRAMES, 0);
  }).finally(() => hands.forEach((hand) => window.removeEventListener(hand, interrupt, { capture: true })));
}
