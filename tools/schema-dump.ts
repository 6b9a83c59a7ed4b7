/** The schema that all migrations make, as text from the catalogue: the same on every machine. */
import type pg from "pg";

const OURS = `n.nspname = 'public' and c.relname <> 'schema_migrations'`;

const tables = `
  select format(E'create %stable %s (\\n  %s\\n)%s;', case when c.relpersistence = 'u' then 'unlogged ' else '' end, c.relname,
    (select string_agg(line, E',\\n  ' order by part, place, line) from (
      select 1 as part, a.attnum::int as place, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then 'not null' end,
        case when a.attidentity = 'a' then 'generated always as identity' end,
        case when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      union all
      select 2, array_position(array['p', 'u', 'f', 'c'], k.contype::text), format('constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
      from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')) lines),
    case when c.reloptions is not null then ' with (' || array_to_string(c.reloptions, ', ') || ')' else '' end) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OURS} and c.relkind = 'r' order by c.relname collate "C"`;

const indexes = `
  select pg_get_indexdef(c.oid) || ';' as text from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_index i on i.indexrelid = c.oid
  where n.nspname = 'public' and i.indrelid <> 'schema_migrations'::regclass
    and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u'))
  order by i.indrelid::regclass::text collate "C", c.relname collate "C"`;

const views = `
  select format(E'create view %s as\\n%s', c.relname, pg_get_viewdef(c.oid)) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OURS} and c.relkind in ('v', 'm') order by c.relname collate "C"`;

const functions = `
  select pg_get_functiondef(p.oid) || ';' as text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'public' order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`;

const triggers = `
  select pg_get_triggerdef(t.oid) || ';' as text from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and not t.tgisinternal order by c.relname collate "C", t.tgname collate "C"`;

const HEAD = `-- What all migrations make together. Made by \`npm run gen\`, compared by \`npm test\`; do not edit by hand: add a migration.`;

export async function dumpSchema(client: pg.ClientBase): Promise<string> {
  const parts: string[] = [HEAD];
  for (const query of [tables, indexes, views, functions, triggers]) {
    const { rows } = await client.query<{ text: string }>(query);
    parts.push(...rows.map(({ text }) => text.trimEnd()));
  }
  return `${parts.join("\n\n")}\n`;
}
