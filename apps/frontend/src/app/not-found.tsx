import Link from "next/link";
import { t } from "../messages/index.ts";
import { buttonClass } from "../ui/button.tsx";

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-start justify-center gap-4 p-8">
      <div>
        <h1 className="text-title font-strong">{t.app.notFound.title}</h1>
        <p className="text-ink-soft">{t.app.notFound.body}</p>
      </div>
      <Link href="/" className={buttonClass("plain", "normal")}>
        {t.app.notFound.home}
      </Link>
    </main>
  );
}
