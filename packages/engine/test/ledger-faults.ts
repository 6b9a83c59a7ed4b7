/** Mistakes that somebody could make in the functions that move credits: what stands there, and what would stand there instead. */
import type { World } from "./fixture.ts";

export interface LedgerFault {
  readonly name: string;
  readonly function: string;
  readonly stands: string;
  readonly mistake: string;
  /** What of the schema's own guards is taken away too, so that the mistake can do its harm. */
  readonly without?: string;
}

/** The flaw of books that know lots and no reserved parts: to charge 4 takes the 1,000 that they were taken from. */
export const wholeLotCaptured: LedgerFault = {
  name: "a whole lot is captured, and not the reserved part of it",
  function: "settle_many",
  stands: "if not v_covered then",
  mistake: `if v_captured > 0 then
    select sum(l.remaining) into v_before from lots l join reservation_lots p on p.lot_id = l.id where p.reservation_id = v_generation;
    update lots set remaining = 0 where id in (select lot_id from reservation_lots where reservation_id = v_generation);
    update accounts set spent = spent + v_before, available = available - v_before where id = v_account;
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, available_after)
      values (v_account, 'capture', 'held', 'revenue', v_before, v_generation, v_settled, 0);
  end if;
  if not v_covered then`,
  without: "drop index transfers_one_capture",
};

/** A payment that is told twice, or whose answer was lost, pays twice. */
export const grantNotUnique: LedgerFault = {
  name: "the same grant is granted again",
  function: "ledger_grant",
  stands: "on conflict (business_key) do nothing",
  mistake: "",
  without: "alter table lots drop constraint lots_business_key_key",
};

export const ledgerFaults: readonly LedgerFault[] = [
  wholeLotCaptured,
  grantNotUnique,
  {
    name: "an output is charged twice",
    function: "settle_many",
    stands: "elsif r.settled_at is not null or",
    mistake: "elsif (r.settled_at is not null and r.was <> 'delivered') or",
    without: "drop index transfers_one_capture",
  },
  {
    name: "more is sold than there is",
    function: "accept_many",
    stands: "elsif needed > v_left then",
    mistake: "elsif needed > v_left + 10 then",
    without: "alter table accounts drop constraint accounts_sound; alter table transfers drop constraint transfers_sound",
  },
  {
    name: "what is released does not return to its lot",
    function: "settle_many",
    stands: "remaining = remaining + t.released",
    mistake: "remaining = remaining",
  },
  {
    name: "what is released does not return to the wallet",
    function: "settle_many",
    stands: "available = accounts.available + t.released",
    mistake: "available = accounts.available",
    without: "alter table accounts drop constraint accounts_sound",
  },
  {
    name: "credits that expire last are spent first",
    function: "accept_many",
    stands: "order by l.expires_at, l.id)",
    mistake: "order by l.expires_at desc, l.id)",
  },
  {
    name: "expired credits are spent",
    function: "ledger_spendable",
    stands: "and (expires_at is null or expires_at > clock_timestamp())",
    mistake: "",
  },
  {
    name: "a request that comes again is accepted again",
    function: "accept_many",
    stands: "elsif r.earlier_id is not null then",
    mistake: "elsif false then",
    without: "alter table idempotency_keys drop constraint idempotency_keys_pkey",
  },
  {
    name: "a cancel takes what a worker has in hand",
    function: "request_cancel",
    stands: "'state', 'canceled'))\n    from outputs o where o.generation_id = p_generation and o.state = 'queued')",
    mistake: "'state', 'canceled', 'attempt', o.attempt))\n    from outputs o where o.generation_id = p_generation and o.settled_at is null)",
  },
  {
    name: "a worker that lost its lease settles",
    function: "settle_many",
    stands: "(r.attempt <> r.current or r.was = 'queued')",
    mistake: "false",
  },
];

/** In the database of this world alone. */
export async function plant({ db }: World, fault: LedgerFault): Promise<void> {
  const { rows } = await db.pool.query<{ text: string }>("select pg_get_functiondef($1::regproc) as text", [fault.function]);
  const { text } = rows[0]!;
  if (!text.includes(fault.stands)) throw new Error(`${fault.function} does not say ${fault.stands}`);
  await db.pool.query(text.replace(fault.stands, () => fault.mistake));
  if (fault.without) await db.pool.query(fault.without);
}
