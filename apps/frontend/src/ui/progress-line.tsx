/** A line at the foot of its frame. Moves to and fro where nobody knows how far it is; the words beside it say so too. */
export function ProgressLine({ value }: { value: number | null }) {
  return (
    <span aria-hidden className="relative block h-0.5 w-full shrink-0 overflow-hidden bg-well-strong">
      {value === null ? (
        <span className="absolute inset-y-0 w-2/5 animate-travel bg-ink-soft" />
      ) : (
        <span className="absolute inset-y-0 start-0 bg-ink-soft transition-[width] duration-200 ease-quiet" style={{ width: `${Math.round(value * 100)}%` }} />
      )}
    </span>
  );
}
