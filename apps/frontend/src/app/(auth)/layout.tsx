import { Suspense, type ReactNode } from "react";
import { Mark } from "../../ui/mark.tsx";

/** One quiet card. It hangs from a fixed height, so that nothing in it moves when the last lines come. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-start justify-center px-4 pt-[max(2rem,16dvh)] pb-12">
      <div className="w-full max-w-sm rounded-box border-line sm:border sm:bg-sheet sm:p-8">
        <Mark className="mb-6" />
        <Suspense>{children}</Suspense>
      </div>
    </main>
  );
}
