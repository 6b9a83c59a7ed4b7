"use client";

import { DirectionProvider } from "@base-ui/react/direction-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { t } from "../../messages/index.ts";
import { ToastHost } from "../../ui/toast.tsx";
import { HintProvider } from "../../ui/tooltip.tsx";
import { createQueryClient } from "../api/index.ts";

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(createQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <DirectionProvider direction={t.direction}>
        <HintProvider delay={400}>
          <ToastHost label={t.app.notices} closeLabel={t.app.close}>{children}</ToastHost>
        </HintProvider>
      </DirectionProvider>
    </QueryClientProvider>
  );
}
