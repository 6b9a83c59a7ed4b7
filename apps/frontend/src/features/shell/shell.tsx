"use client";

import { usePathname, useSelectedLayoutSegment } from "next/navigation";
import { Suspense, useCallback, useEffect, useState, type ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { DetailHost, useDetailOpen } from "../detail/index.ts";
import { commitAll } from "../generations/index.ts";
import { Announcer, useLive } from "../live/index.ts";
import { SessionGate } from "../session/index.ts";
import { ConnectionLine } from "./connection-line.tsx";
import { KeyboardSheet } from "./keyboard-sheet.tsx";
import { pages } from "./pages.ts";
import { Rail } from "./rail.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

/** The frame around every page of somebody who is signed in. */
export function Shell({ children }: { children: ReactNode }) {
  const current = useCurrentPage();
  return (
    <SessionGate waiting={<Waiting current={current} />}>
      <Inside current={current}>{children}</Inside>
    </SessionGate>
  );
}

/** The page underneath, whatever lies above it. */
function useCurrentPage(): string {
  const segment = useSelectedLayoutSegment();
  return segment === null ? "/" : segment === "g" ? "/gallery" : `/${segment}`;
}

function Inside({ current, children }: { current: string; children: ReactNode }) {
  const [sheet, setSheet] = useState(false);
  const toggleSheet = useCallback(() => setSheet((open) => !open), []);
  const covered = useDetailOpen();
  useLive();
  useShortcuts({ onSheet: toggleSheet, covered });
  usePageTitle(current);

  useEffect(() => {
    window.addEventListener("pagehide", commitAll);
    return () => window.removeEventListener("pagehide", commitAll);
  }, []);

  return (
    <>
      <a href="#content" className="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-50 focus:rounded-box focus:bg-sheet focus:px-4 focus:py-2">
        {t.app.skip}
      </a>
      <Rail current={current} inside onKeyboard={toggleSheet} />
      <main id="content" tabIndex={-1} className="pt-(--line-height) outline-none wide:ms-20">
        <Suspense>{children}</Suspense>
      </main>
      <Suspense>
        <DetailHost />
      </Suspense>
      <KeyboardSheet open={sheet} onClose={() => setSheet(false)} />
      <ConnectionLine />
      <Announcer />
    </>
  );
}

function usePageTitle(current: string): void {
  const pathname = usePathname();
  useEffect(() => {
    const page = pathname.startsWith("/g/") ? t.detail.title : pathname === "/admin/plan" ? t.plan.title : (pages.find(({ path }) => path === current)?.label ?? t.app.name);
    document.title = t.app.titled(page);
  }, [pathname, current]);
}

/** The frame without what only a signed-in person has. */
function Waiting({ current }: { current: string }) {
  return (
    <div aria-hidden inert>
      <Rail current={current} inside={false} onKeyboard={() => undefined} />
    </div>
  );
}
