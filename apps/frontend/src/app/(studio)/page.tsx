import { CreateScreen } from "../../features/create/index.ts";

export default function Page() {
  return <CreateScreen />;
}
