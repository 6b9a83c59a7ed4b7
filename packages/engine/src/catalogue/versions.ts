/** Models in the database: every version that there was, and what an operator decided. */
import { z } from "zod";
import type { ModelManifest } from "@cooly/contract";
import { statement, type Database, type Runner } from "../db/index.ts";

/** An operator's versions count from here on, so that none of them is ever one of a later release. */
const OPERATOR_VERSIONS = 1_000_000;

export interface Choice {
  readonly id: string;
  readonly enabled: boolean;
  /** The operator's own; null where the shipped one holds. */
  readonly manifest: unknown;
  readonly changed_at: Date;
}

export const readChoices = (db: Runner): Promise<Choice[]> => db.rows(choices, []);

const choices = statement(
  "catalogue.choices",
  z.object({ id: z.string(), enabled: z.boolean(), manifest: z.unknown(), changed_at: z.date() }),
  `select c.id, c.enabled, v.manifest, c.changed_at from model_choices c left join model_versions v on v.id = c.id and v.version = c.version order by c.id`,
);

/** Keeps them, so that what is made with them can be understood when a later release has others. */
export const recordShipped = async (db: Runner, manifests: readonly ModelManifest[]): Promise<void> => {
  await db.rows(recorded, [JSON.stringify(manifests)]);
};

const recorded = statement(
  "catalogue.record_shipped",
  z.object({ id: z.string() }),
  `insert into model_versions (id, version, manifest, source)
   select m->>'id', (m->>'version')::int, m, 'shipped' from jsonb_array_elements($1::jsonb) m
   on conflict (id, version) do nothing
   returning id`,
);

/** The manifest of this version; null where nobody has ever recorded it. */
export const readVersion = async (db: Runner, id: string, version: number): Promise<unknown> => (await db.maybe(versions, [id, version]))?.manifest ?? null;

const versions = statement("catalogue.version", z.object({ manifest: z.unknown() }), `select manifest from model_versions where id = $1 and version = $2`);

/** A new version of an operator's, which holds from now on. Answers its number. Two at once come one after the other. */
export const addVersion = (db: Database, manifest: ModelManifest): Promise<number> =>
  db.transaction(async (tx) => {
    // Its row is the lock, and the next statement sees what was committed while this one waited for it.
    await tx.one(touched, [manifest.id]);
    const { version } = await tx.one(added, [manifest.id, JSON.stringify(manifest), OPERATOR_VERSIONS]);
    await chooseVersion(tx, manifest.id, version);
    return version;
  });

const touched = statement(
  "catalogue.touch_choice",
  z.object({ id: z.string() }),
  `insert into model_choices (id) values ($1) on conflict (id) do update set changed_at = now() returning id`,
);

const added = statement(
  "catalogue.add_version",
  z.object({ version: z.number() }),
  `with numbered as (
     select greatest($3::int, coalesce(max(version), 0)) + 1 as version from model_versions where id = $1
   )
   insert into model_versions (id, version, manifest, source)
   select $1, version, jsonb_set($2::jsonb, '{version}', to_jsonb(version)), 'operator' from numbered returning version`,
);

/** `version`: null for the shipped one. */
export const chooseVersion = async (db: Runner, id: string, version: number | null): Promise<void> => {
  await db.one(chose, [id, version]);
};

// A notifying commit takes a lock on the whole database, which an operator's change may: it is rare, and its process ends with it.
const NOTIFY = "pg_notify('cooly_models', '')::text";

const chose = statement(
  "catalogue.choose_version",
  z.object({ id: z.string(), told: z.string() }),
  `with chosen as (
     insert into model_choices (id, version) values ($1, $2)
     on conflict (id) do update set version = excluded.version, changed_at = now() returning id
   )
   select id, ${NOTIFY} as told from chosen`,
);

export const enableModel = async (db: Runner, id: string, enabled: boolean): Promise<void> => {
  await db.one(enabledOrNot, [id, enabled]);
};

const enabledOrNot = statement(
  "catalogue.enable",
  z.object({ id: z.string(), told: z.string() }),
  `with chosen as (
     insert into model_choices (id, enabled) values ($1, $2)
     on conflict (id) do update set enabled = excluded.enabled, changed_at = now() returning id
   )
   select id, ${NOTIFY} as told from chosen`,
);
