import type { LucideIcon } from "lucide-react";

/** One set, one stroke, two sizes. Icons never speak: the label beside them, or the button's name, does. */
export function Icon({ of: Shape, size = 16, className }: { of: LucideIcon; size?: 14 | 16 | 20; className?: string }) {
  return <Shape size={size} strokeWidth={1.5} absoluteStrokeWidth aria-hidden className={className} />;
}
