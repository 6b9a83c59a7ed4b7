import { CreditsScreen } from "../../../features/credits/index.ts";

export default function Page() {
  return <CreditsScreen />;
}
