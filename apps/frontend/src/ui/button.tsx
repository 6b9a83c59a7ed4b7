import { Button as Base } from "@base-ui/react/button";
import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

const looks = {
  primary: "bg-accent text-on-accent font-strong hover:bg-accent-press border border-transparent",
  plain: "bg-sheet text-ink border border-line hover:bg-well",
  quiet: "text-ink-soft border border-transparent hover:bg-well hover:text-ink",
  danger: "bg-sheet text-danger font-strong border border-line hover:bg-well",
} as const;

const sizes = { normal: "h-10 px-4 gap-2", small: "h-10 wide:h-8 px-3 gap-1.5", tiny: "h-7 px-2 gap-1 text-small" } as const;

export type ButtonProps = Omit<ComponentProps<typeof Base>, "className"> & {
  readonly look?: keyof typeof looks;
  readonly size?: keyof typeof sizes;
  readonly className?: string;
};

export const buttonClass = (look: keyof typeof looks, size: keyof typeof sizes, extra?: string) =>
  cx(
    "inline-flex shrink-0 items-center justify-center rounded-box whitespace-nowrap select-none transition-colors duration-150",
    "disabled:opacity-50 disabled:cursor-default aria-disabled:opacity-50",
    looks[look],
    sizes[size],
    extra,
  );

export function Button({ look = "plain", size = "normal", className, ...rest }: ButtonProps) {
  return <Base {...rest} className={buttonClass(look, size, className)} />;
}
