import type { CreditsView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { Section } from "../../ui/page-frame.tsx";
import { sourceOf } from "./explain.ts";

type Lot = CreditsView["lots"][number];

/** What expires first is spent first, so it comes first. */
export function inOrder(lots: readonly Lot[]): Lot[] {
  const time = ({ expires_at: expiresAt }: Lot) => (expiresAt === null ? Infinity : Date.parse(expiresAt));
  return lots.toSorted((one, other) => (time(one) === time(other) ? 0 : time(one) - time(other)));
}

export function Lots({ lots }: { lots: readonly Lot[] }) {
  return (
    <Section title={t.credits.lots} help={t.credits.lotsHelp}>
      {lots.length === 0 ? (
        <p className="text-ink-soft">{t.credits.noLots}</p>
      ) : (
        <table className="w-full table-fixed sm:table-auto">
          <thead className="text-small text-ink-soft">
            <tr className="border-b border-line">
              <th scope="col" className="py-2 text-start font-normal">{t.credits.source}</th>
              <th scope="col" className="py-2 ps-4 text-end font-normal">{t.credits.left}</th>
              <th scope="col" className="hidden py-2 ps-4 text-end font-normal sm:table-cell">{t.credits.granted}</th>
              <th scope="col" className="py-2 ps-4 text-end font-normal">{t.credits.expires}</th>
            </tr>
          </thead>
          <tbody>
            {inOrder(lots).map((lot) => (
              <Row key={`${lot.source}${lot.created_at}${lot.expires_at}${lot.granted}`} lot={lot} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Row({ lot }: { lot: Lot }) {
  return (
    <tr className="border-b border-line align-top">
      <td className="py-2">
        {sourceOf(lot.source)}
        <span className="block text-small text-ink-soft">{format.date(lot.created_at)}</span>
      </td>
      <td className="figures py-2 ps-4 text-end">
        {format.integer(lot.remaining)}
        {lot.held > 0 ? <span className="block text-small text-ink-soft">{t.credits.lotHeld(lot.held)}</span> : null}
      </td>
      <td className="figures hidden py-2 ps-4 text-end text-ink-soft sm:table-cell">{format.integer(lot.granted)}</td>
      <td className="figures py-2 ps-4 text-end">{lot.expires_at === null ? t.credits.never : format.date(lot.expires_at)}</td>
    </tr>
  );
}
