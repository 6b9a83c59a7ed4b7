import type { Metadata } from "next";
import { CredentialsForm } from "../../../features/session/index.ts";
import { t } from "../../../messages/index.ts";

export const metadata: Metadata = { title: t.app.titled(t.session.signUp) };

export default function Page() {
  return <CredentialsForm purpose="sign-up" />;
}
