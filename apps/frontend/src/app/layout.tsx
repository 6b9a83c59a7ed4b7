import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "../features/shell/providers.tsx";
import { themeScript } from "../features/theme/index.ts";
import { t } from "../messages/index.ts";
import "./globals.css";

export const metadata: Metadata = { title: t.app.name, description: t.app.description, robots: { index: false } };

export const viewport: Viewport = { width: "device-width", initialScale: 1, viewportFit: "cover", interactiveWidget: "resizes-content" };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // The script sets the theme before React looks at the element.
    <html lang={t.locale} dir={t.direction} suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: themeScript }} />
      </head>
      <body>
        <div className="app-root">
          <Providers>{children}</Providers>
        </div>
      </body>
    </html>
  );
}
