const FRAMES = 40;

/**
 * Focuses an element as soon as that is possible: while a dialog above it is on its way out, it cannot be. Gives up if
 * the reader has gone on to something else meanwhile. Answers whether it was done.
 */
export function focusSoon(find: () => HTMLElement | null): Promise<boolean> {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const attempt = (left: number) => {
      const element = find();
      element?.focus({ preventScroll: true });
      const active = document.activeElement;
      if (element && active === element) resolve(true);
      else if (left === 0 || (active !== before && active !== document.body)) resolve(false);
      else requestAnimationFrame(() => attempt(left - 1));
    };
    attempt(FRAMES);
  });
}
