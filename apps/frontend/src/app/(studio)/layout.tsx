import type { ReactNode } from "react";
import { Shell } from "../../features/shell/index.ts";

export default function StudioLayout({ children }: { children: ReactNode }) {
  return <Shell>{children}</Shell>;
}
