import { Suspense, type ReactNode } from "react";
import { Mark } from "../../ui/mark.tsx";

/** One quiet card. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center px-4 py-12">
      <div className="w-full max-w-sm rounded-box border-line sm:border sm:bg-sheet sm:p-8">
        <Mark className="mb-6" />
        <Suspense>{children}</Suspense>
      </div>
    </main>
  );
}
