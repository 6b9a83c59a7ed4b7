"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect, type ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { useMoment } from "../../ui/use-moment.ts";
import { isSignedOut, useMe } from "../api/index.ts";
import { withReturn } from "./return-path.ts";

interface Props {
  readonly children: ReactNode;
  /** Shown while it is not known yet who this is. */
  readonly waiting: ReactNode;
}

/** Lets people in who are signed in; leads everybody else to the sign-in page, and afterwards back. */
export function SessionGate({ children, waiting }: Props) {
  const { data, error, refetch } = useMe();
  const router = useRouter();
  const pathname = usePathname();
  const outside = isSignedOut(error);
  // Somebody was in: the session ended meanwhile.
  const ended = outside && data !== undefined;

  useEffect(() => {
    if (outside) router.replace(withReturn("/sign-in", `${pathname}${window.location.search}`, ended));
  }, [outside, ended, router, pathname]);

  if (outside) return waiting;
  if (data) return children;
  return error ? <Unreachable onAgain={() => void refetch()} /> : waiting;
}

function Unreachable({ onAgain }: { onAgain: () => void }) {
  const late = useMoment();
  useEffect(() => {
    const timer = setInterval(onAgain, 5000);
    return () => clearInterval(timer);
  });
  if (!late) return null;
  return (
    <main className="flex min-h-dvh flex-col items-start justify-center gap-4 p-8 sm:mx-auto sm:max-w-md">
      <div role="alert">
        <h1 className="text-title font-strong">{t.app.unreachable.title}</h1>
        <p className="text-ink-soft">{t.app.unreachable.body}</p>
      </div>
      <Button onClick={onAgain}>{t.app.unreachable.again}</Button>
    </main>
  );
}
