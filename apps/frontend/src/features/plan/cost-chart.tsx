import { CHART, labelsOf, money, pathsOf, people, placesOf, type CostChart, type Priced } from "@cooly/topology/plan";
import { t } from "../../messages/index.ts";
import { cx } from "../../ui/cx.ts";

/** Told apart by their strokes as well as by their shades. */
const strokes: Record<Priced, { line: string; band: string; text: string }> = {
  managed: { line: "stroke-ink-soft [stroke-dasharray:7_4]", band: "fill-ink-soft/15", text: "fill-ink-soft" },
  vps: { line: "stroke-accent", band: "fill-accent/15", text: "fill-accent" },
  hybrid: { line: "stroke-ink [stroke-dasharray:2_4]", band: "fill-ink/10", text: "fill-ink" },
};

/** The same geometry as the chart in the documentation, in the colours of the studio. */
export function CostChartView({ chart, note }: { chart: CostChart; note: string }) {
  const places = placesOf(chart);
  const [bottom, right] = [CHART.height - CHART.bottom, CHART.width - CHART.right];
  const now = places.x(chart.now);
  return (
    <figure className="flex flex-col gap-1">
      {/* Where it is wider than the window, keys scroll it. */}
      <div tabIndex={0} role="group" aria-label={t.plan.chart(people(chart.now))} className="overflow-x-auto">
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height - 28}`} role="img" aria-label={t.plan.chart(people(chart.now))} className="w-full min-w-[36rem]">
        {places.people.map((value) => (
          <g key={value}>
            <line x1={places.x(value)} x2={places.x(value)} y1={CHART.top} y2={bottom} className="stroke-line" />
            <text x={places.x(value)} y={bottom + 18} textAnchor="middle" className="figures fill-ink-soft text-small">
              {people(value)}
            </text>
          </g>
        ))}
        {places.costs.map((value) => (
          <g key={value}>
            <line x1={CHART.left} x2={right} y1={places.y(value)} y2={places.y(value)} className="stroke-line" />
            <text x={CHART.left - 8} y={places.y(value) + 4} textAnchor="end" className="figures fill-ink-soft text-small">
              {money(value, chart.currency)}
            </text>
          </g>
        ))}
        {chart.lines.map((line) => (
          <path key={line.topology} d={pathsOf(line, places).band} className={strokes[line.topology].band} />
        ))}
        {chart.lines.map((line) => (
          <path key={line.topology} d={pathsOf(line, places).line} fill="none" strokeWidth={2} className={strokes[line.topology].line} />
        ))}
        {labelsOf(chart, places).map(({ topology, x, y }) => (
          <text key={topology} x={x} y={y} className={cx("text-body", strokes[topology].text)}>
            {topology}
          </text>
        ))}
        <line x1={now} x2={now} y1={CHART.top} y2={bottom} className="stroke-ink-soft" />
        <text x={now} y={CHART.top - 8} textAnchor="middle" className="figures fill-ink text-small">
          {people(chart.now)}
        </text>
      </svg>
      </div>
      <figcaption className="text-small text-ink-soft">
        {t.plan.chartHelp}
        {note === "" ? null : <span className="block">{note}</span>}
      </figcaption>
    </figure>
  );
}
