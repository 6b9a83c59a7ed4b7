/** Every way in which the books can be wrong, as SQL on a database with some delivered pictures and nothing under way. */
export interface Damage {
  readonly invariant: string;
  readonly rule: RegExp;
  readonly sql: string;
}

const delivered = "(select id from outputs where state = 'delivered' order by id limit 1)";
const work = (column: string, value: string): string =>
  `insert into work (output_id, account_id, ${column}) select id, account_id, ${value} from outputs where id = ${delivered}`;
export const damages: readonly Damage[] = [
  { invariant: "I1", rule: /available \+ held/, sql: "update accounts set spent = spent + 1 where spent > 0" },
  { invariant: "I1", rule: /available \+ held/, sql: "delete from transfers where kind = 'capture'" },
  { invariant: "I2", rule: /every transfer/, sql: "update transfers set credit = debit where kind = 'capture'" },
  { invariant: "I2", rule: /every transfer/, sql: "update transfers set credits = -credits where kind = 'capture'" },
  { invariant: "I3", rule: /settled exactly once/, sql: `update outputs set settled_at = null where id = ${delivered}` },
  { invariant: "I3", rule: /settled exactly once/, sql: `update outputs set captured = captured - 1, released = released + 1 where id = ${delivered}` },
  { invariant: "I3", rule: /figures/, sql: "update generations set charged = charged - 1 where charged > 0" },
  { invariant: "I4", rule: /per account/, sql: "update lots set remaining = remaining + 1" },
  { invariant: "I4", rule: /a lot holds/, sql: "update lots set held = held + 1" },
  { invariant: "I4", rule: /reservation is open/, sql: "update reservations set open_credits = 1" },
  { invariant: "I5", rule: /same hash/, sql: "update idempotency_keys set request_hash = sha256('x')" },
  { invariant: "I5", rule: /same hash/, sql: "update idempotency_keys set generation_id = gen_random_uuid()" },
  { invariant: "I5", rule: /does not exist/, sql: "update attempts set output_id = gen_random_uuid()" },
  { invariant: "I5", rule: /does not exist/, sql: "update generations set account_id = gen_random_uuid()" },
  { invariant: "I8", rule: /no gap/, sql: "delete from events where seq = 2" },
  { invariant: "I8", rule: /one terminal event/, sql: "update events set type = 'generation.running' where type = 'generation.succeeded'" },
  { invariant: "I9", rule: /nothing settled has some/, sql: work("due_at", "now()") },
  { invariant: "I9", rule: /idle/, sql: work("due_at", "now() - interval '2 minutes'") },
  { invariant: "I9", rule: /its fence/, sql: work("attempt", "attempt + 1") },
];

/** What would refuse the damage, as it refuses a bug of ours: gone for the rest of the transaction. */
export const disarm = `
  set local session_replication_role = replica;
  do $$ declare c record; begin
    for c in select conname, conrelid::regclass as relation from pg_constraint where contype = 'c' and conrelid <> 0 and connamespace = 'public'::regnamespace loop
      execute format('alter table %s drop constraint %I', c.relation, c.conname);
    end loop;
  end $$`;
