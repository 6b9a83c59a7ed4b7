/** How long the other end may say nothing while it is our turn to listen. */
export interface Silence {
  /** Aborts when it has lasted too long. */
  readonly signal: AbortSignal;
  /** Watches for as long as this takes, and not in between: a reader that takes its time is no silence of the vendor's. */
  during<Value>(act: () => Promise<Value>): Promise<Value>;
  end(): void;
}

/** Begins to watch at once. */
export function watchSilence(silenceMs: number): Silence {
  const silence = new AbortController();
  let listening = true;
  let ended = false;
  const onSilence = (): void => {
    if (listening && !ended) silence.abort(new Error(`the download said nothing for ${silenceMs} ms`));
  };
  const watch = setTimeout(onSilence, silenceMs);
  return {
    signal: silence.signal,
    async during(act) {
      listening = true;
      // It would bring one to life that was cleared.
      if (!ended) watch.refresh();
      try {
        return await act();
      } finally {
        listening = false;
      }
    },
    end() {
      ended = true;
      clearTimeout(watch);
    },
  };
}
