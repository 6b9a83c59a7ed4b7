import { assumed, current, measured } from "@cooly/topology/plan";
import { format, t } from "../../messages/index.ts";

const signs = { USD: "$", EUR: "€" } as const;

/** Where every figure is from. */
export function Sources() {
  return (
    <section className="flex flex-col gap-3">
      <details>
        <summary className="cursor-pointer">{t.plan.sources}</summary>
        <ul className="pt-2 text-small">
          {current.map(({ sku, says, unit, price, currency, source, readOn }) => (
            <li key={sku} className="border-t border-line py-1.5">
              {says}: <span className="figures">{`${signs[currency]}${price} ${t.plan.perUnit(unit)}`}</span>
              <span className="block text-ink-soft">{`${source}, ${t.plan.readOn(format.date(readOn))}`}</span>
            </li>
          ))}
        </ul>
      </details>
      <details>
        <summary className="cursor-pointer">{t.plan.assumptions}</summary>
        <ul className="pt-2 text-small">
          {Object.entries({ ...measured, ...assumed }).map(([name, { range, unit, from }]) => (
            <li key={name} className="border-t border-line py-1.5">
              <span className="figures">{range.least === range.most ? range.middle : `${range.middle} (${range.least} to ${range.most})`}</span> {unit}
              <span className="block text-ink-soft">{from}</span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
