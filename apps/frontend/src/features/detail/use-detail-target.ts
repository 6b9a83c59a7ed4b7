"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { detailAt, type Stop } from "../generations/index.ts";

/** The generation and output in the address, while the large view is open. */
export function useDetailTarget(): Pick<Stop, "id" | "index"> | null {
  const pathname = usePathname();
  const query = useSearchParams();
  return detailAt(pathname, query.get("o"));
}

export const useDetailOpen = (): boolean => detailAt(usePathname(), null) !== null;
