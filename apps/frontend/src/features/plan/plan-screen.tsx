"use client";

import { chartOf, makePlan, staleNote, Traffic } from "@cooly/topology/plan";
import { useDeferredValue, useMemo, useState } from "react";
import { t } from "../../messages/index.ts";
import { PageFrame } from "../../ui/page-frame.tsx";
import { useMe } from "../api/index.ts";
import { CostChartView } from "./cost-chart.tsx";
import { Estimates } from "./estimates.tsx";
import { Sources } from "./sources.tsx";
import { TrafficForm } from "./traffic-form.tsx";

const START_USERS = 100;

/** What each way to run this costs, reckoned here and now by the code of `cooly plan`. */
export function PlanScreen() {
  const me = useMe().data;
  if (me === undefined) return null;
  return me.person?.admin ? <Planner /> : <Closed />;
}

function Planner() {
  const [traffic, setTraffic] = useState<Traffic>(() => Traffic.parse({ dailyUsers: START_USERS }));
  // A slider stays under the finger while what it moves is reckoned.
  const settled = useDeferredValue(traffic);
  const plan = useMemo(() => makePlan(settled, new Date()), [settled]);
  const chart = useMemo(() => chartOf(settled), [settled]);
  return (
    <PageFrame title={t.plan.title}>
      <TrafficForm traffic={traffic} onChange={(change) => setTraffic((before) => ({ ...before, ...change }))} />
      <Estimates plan={plan} />
      <CostChartView chart={chart} note={staleNote(new Date())} />
      <Sources />
    </PageFrame>
  );
}

function Closed() {
  return (
    <PageFrame title={t.plan.closedTitle}>
      <p className="text-ink-soft">{t.plan.closedBody}</p>
    </PageFrame>
  );
}
