import { PlanScreen } from "../../../../features/plan/index.ts";

export default function Page() {
  return <PlanScreen />;
}
