import type { ReactNode } from "react";

/** A page of text and tables: a readable width, room for the dock. */
export function PageFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-8 px-4 pt-6 pb-[calc(var(--dock-height)+3rem)] wide:px-8 wide:pt-8 wide:pb-16">
      <h1 className="text-title font-strong">{title}</h1>
      {children}
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly help?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, help, aside, children }: SectionProps) {
  return (
    <section className="flex flex-col gap-3">
      <header className="flex items-start justify-between gap-4">
        <div>
          <h2 className="font-strong">{title}</h2>
          {help ? <p className="text-small text-ink-soft">{help}</p> : null}
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}
