import { AccountScreen } from "../../../features/account/index.ts";

export default function Page() {
  return <AccountScreen />;
}
