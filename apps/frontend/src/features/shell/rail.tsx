"use client";

import { Keyboard } from "lucide-react";
import Link from "next/link";
import { format, t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Mark } from "../../ui/mark.tsx";
import { useCredits } from "../api/index.ts";
import { pages, type ShellPage } from "./pages.ts";

interface Props {
  readonly current: string;
  /** Whether somebody is signed in, whose credits can be asked for. */
  readonly inside: boolean;
  readonly onKeyboard: () => void;
}

/** On the side where there is room, at the foot where there is not. What is left to spend is always in sight. */
export function Rail({ current, inside, onKeyboard }: Props) {
  return (
    <nav
      aria-label={t.nav.label}
      className="fixed inset-x-0 bottom-0 z-20 flex h-(--dock-height) border-t border-line bg-paper pb-[env(safe-area-inset-bottom)] wide:top-(--line-height) wide:bottom-0 wide:end-auto wide:h-auto wide:w-20 wide:flex-col wide:items-stretch wide:gap-1 wide:border-e wide:border-t-0 wide:p-2"
    >
      <span className="hidden h-14 items-center justify-center wide:flex">
        <Mark />
      </span>
      {pages.map((page) => (
        <RailLink key={page.path} page={page} here={page.path === current} inside={inside} />
      ))}
      <div className="mt-auto hidden flex-col items-center gap-2 wide:flex">
        <IconButton icon={Keyboard} label={t.nav.keyboard} shortcut="?" onClick={onKeyboard} />
      </div>
    </nav>
  );
}

function RailLink({ page: { path, label, icon }, here, inside }: { page: ShellPage; here: boolean; inside: boolean }) {
  const credits = inside && path === "/credits";
  return (
    <Link
      href={path}
      scroll={false}
      prefetch
      aria-current={here ? "page" : undefined}
      className={cx(
        "flex min-w-0 flex-1 flex-col items-center justify-center gap-1 rounded-box text-small transition-colors duration-150 wide:h-16 wide:flex-none",
        here ? "text-ink wide:bg-well" : "text-ink-soft hover:text-ink wide:hover:bg-well",
      )}
    >
      <Icon of={icon} size={20} />
      <span className={cx("max-w-full truncate px-0.5", here && "font-strong")}>{credits ? <CreditsFigure /> : label}</span>
    </Link>
  );
}

/** The figure in place of the label: it says more. */
function CreditsFigure() {
  const available = useCredits().data?.available;
  if (available === undefined) return t.nav.credits;
  return (
    <>
      <span aria-hidden className="figures" data-testid="credits">
        {format.integer(available)}
      </span>
      <span className="sr-only">{`${t.nav.credits}, ${t.nav.creditsLeft(available)}`}</span>
    </>
  );
}
