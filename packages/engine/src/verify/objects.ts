import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";

/** Uploads that are kept, in the same way. */
export const listKeptUploads = (db: Runner, after: string | null, limit: number) => db.rows(keptUploads, [after, limit]);

const keptUploads = statement(
  "verify.i7.uploads",
  z.object({ id: z.string(), storage_key: z.string(), bytes: z.number(), sha256: z.string() }),
  `select id, storage_key, bytes, encode(sha256, 'hex') as sha256 from uploads
   where state = 'ready' and ($1::uuid is null or id > $1) order by id limit $2`,
);

/** Delivered outputs and what must be in storage for each (I7); a page at a time, for whoever can read objects. */
export const listDelivered = (db: Runner, after: string | null, limit: number) => db.rows(delivered, [after, limit]);

const delivered = statement(
  "verify.i7.delivered",
  z.object({ id: z.string(), storage_key: z.string(), bytes: z.number(), sha256: z.string() }),
  `select id, storage_key, bytes, encode(sha256, 'hex') as sha256 from outputs
   where state = 'delivered' and media_deleted_at is null and ($1::uuid is null or id > $1)
     and not exists (select from generations g where g.id = outputs.generation_id and g.deleted_at is not null)
   order by id limit $2`,
);
