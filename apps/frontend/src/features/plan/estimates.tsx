import { describeCrossovers, describeLoad, markOf, money, moneyRange, type Estimate, type Plan } from "@cooly/topology/plan";
import { t } from "../../messages/index.ts";
import { Section } from "../../ui/page-frame.tsx";

/** The bill of each topology, and what to make of them. */
export function Estimates({ plan }: { plan: Plan }) {
  const { estimates, recommendation, warnings, traffic } = plan;
  return (
    <>
      <section className="flex flex-col gap-2 rounded-box border border-line bg-sheet p-4" aria-live="polite">
        <h2 className="font-strong" data-testid="plan-take">
          {t.plan.take(recommendation.topology)}
        </h2>
        <p>{recommendation.reason}</p>
        <ul className="text-ink-soft">
          {describeCrossovers(plan).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
      <Section title={t.plan.costs} help={t.plan.costsHelp}>
        {warnings.length > 0 ? <Warnings warnings={warnings} /> : null}
        <table className="w-full">
          <thead className="text-small text-ink-soft">
            <tr className="border-b border-line">
              <th scope="col" className="py-2 text-start font-normal">{t.plan.topology}</th>
              <th scope="col" className="py-2 ps-4 text-end font-normal">{t.plan.month}</th>
              <th scope="col" className="hidden py-2 ps-4 text-start font-normal sm:table-cell">{t.plan.endsFirst}</th>
            </tr>
          </thead>
          <tbody>
            {estimates.map((estimate) => (
              <Row key={estimate.topology} estimate={estimate} plan={plan} />
            ))}
          </tbody>
        </table>
        {estimates.map((estimate) => (
          <Parts key={estimate.topology} estimate={estimate} currency={traffic.currency} />
        ))}
      </Section>
    </>
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  return (
    <div role="note" className="rounded-box border border-line-strong p-3 text-small">
      <p className="font-strong">{t.plan.warnings}</p>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </div>
  );
}

function Row({ estimate: { topology, total, binding, unfit }, plan }: { estimate: Estimate; plan: Plan }) {
  const { currency } = plan.traffic;
  return (
    <tr className="border-b border-line align-top">
      <th scope="row" className="py-2 text-start font-normal">{topology}</th>
      <td className="figures py-2 ps-4 text-end" data-testid={`plan-${topology}`}>
        {money(total.middle, currency)}
        {markOf(plan)}
        <span className="block text-small text-ink-soft">({moneyRange(total, currency)})</span>
      </td>
      <td className="hidden py-2 ps-4 text-ink-soft sm:table-cell">{unfit ?? describeLoad(binding.load)}</td>
    </tr>
  );
}

function Parts({ estimate: { topology, components }, currency }: { estimate: Estimate; currency: Plan["traffic"]["currency"] }) {
  return (
    <details>
      <summary className="cursor-pointer">{`${t.plan.parts}: ${topology}`}</summary>
      <dl className="flex flex-col pt-2">
        {components.map(({ name, on, cost, says }) => (
          <div key={name} className="flex justify-between gap-4 border-t border-line py-1.5">
            <dt>
              {name}, {on}
              <span className="block text-small text-ink-soft">{says}</span>
            </dt>
            <dd className="figures text-end">
              {money(cost.middle, currency)}
              <span className="block text-small text-ink-soft">({moneyRange(cost, currency)})</span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
