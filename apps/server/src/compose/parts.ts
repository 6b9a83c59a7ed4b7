/** Environment -> drivers: the only place that names a vendor. */
import { join, resolve } from "node:path";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { openCatalogue, openDatabase, openDoorbell, type Catalogue, type Database, type Doorbell } from "@cooly/engine";
import type { Clock, Log, ObjectStore } from "@cooly/engine/ports";
import type { Configuration } from "./configuration.ts";
import { openQueue, type LateQueue } from "./queue.ts";
import { vendorsOf, type Vendors } from "./vendors.ts";

export interface Parts extends Vendors {
  readonly publicUrl: string;
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly queue: LateQueue;
  readonly store: ObjectStore;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly log: Log;
  close(): Promise<void>;
}

export interface PartsOptions {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  readonly publicUrl: string;
  readonly secret: string;
  readonly log: Log;
}

export function openParts({ configuration, databaseUrl, publicUrl, secret, log }: PartsOptions): Parts {
  const directUrl = configuration.text("DATABASE_DIRECT_URL");
  const db = openDatabase({
    connectionString: databaseUrl,
    pooled: directUrl !== null && directUrl !== databaseUrl,
    max: configuration.number("DATABASE_POOL_MAX") ?? 10,
    onIdleError: (error) => log.warn("database.connection_lost", { error }),
  });
  const doorbell = openDoorbell({ connectionString: directUrl ?? databaseUrl, pool: db.pool, log });
  const queue = openQueue({ configuration, db, doorbell, log });
  const vendors = vendorsOf(configuration);
  const directory = resolve(configuration.text("STORAGE_DIR") ?? join(configuration.home, "media"));
  const store = createFilesystemStore({ directory, publicUrl, secret });
  return {
    db,
    doorbell,
    queue,
    store,
    catalogue: openCatalogue(new Set(vendors.resubmit.keys())),
    publicUrl,
    ...vendors,
    clock: { now: () => new Date() },
    log,
    async close() {
      await queue.close();
      await doorbell.close();
      await db.close();
    },
  };
}
