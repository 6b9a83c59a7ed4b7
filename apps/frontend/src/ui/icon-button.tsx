"use client";

import { Tooltip } from "@base-ui/react/tooltip";
import type { LucideIcon } from "lucide-react";
import type { ReactElement } from "react";
import { Button, type ButtonProps } from "./button.tsx";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { Hint } from "./tooltip.tsx";

type Props = Omit<ButtonProps, "children" | "size"> & {
  readonly icon: LucideIcon;
  readonly label: string;
  /** The key that does the same, shown beside the label. */
  readonly shortcut?: string;
  readonly small?: boolean;
  readonly iconClassName?: string;
};

export function IconButton({ icon, label, shortcut, small = false, className, look = "quiet", iconClassName, ...rest }: Props) {
  return (
    <WithHint label={label} {...(shortcut ? { shortcut } : {})}>
      <Button {...rest} look={look} aria-label={label} className={cx(small ? "!size-8 !p-0" : "!size-10 !p-0", className)}>
        <Icon of={icon} size={small ? 16 : 20} {...(iconClassName ? { className: iconClassName } : {})} />
      </Button>
    </WithHint>
  );
}

/** A label on hover and on keyboard focus, for a control whose accessible name it already is. */
export function WithHint({ label, shortcut, side = "bottom", children }: { label: string; shortcut?: string; side?: "bottom" | "inline-end" | "top"; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Hint label={label} side={side} {...(shortcut ? { shortcut } : {})} />
    </Tooltip.Root>
  );
}
