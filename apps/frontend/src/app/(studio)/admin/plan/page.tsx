import { PlanScreen } from "../../../../features/plan/index.ts";
import { t } from "../../../../messages/index.ts";

export const metadata = { title: t.app.titled(t.plan.title) };

export default function Page() {
  return <PlanScreen />;
}
