import { CircleUser, Coins, Images, Sparkles, type LucideIcon } from "lucide-react";
import { t } from "../../messages/index.ts";

export interface ShellPage {
  readonly path: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Follows G. */
  readonly key: string;
}

/** The pages of the rail, in its order. */
export const pages: readonly ShellPage[] = [
  { path: "/", label: t.nav.create, icon: Sparkles, key: "c" },
  { path: "/gallery", label: t.nav.gallery, icon: Images, key: "g" },
  { path: "/credits", label: t.nav.credits, icon: Coins, key: "b" },
  { path: "/account", label: t.nav.account, icon: CircleUser, key: "a" },
];
