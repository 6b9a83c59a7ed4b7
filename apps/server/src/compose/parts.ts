/** Environment -> drivers: the only place that names a vendor. */
import {
  openDatabase,
  openDoorbell,
  openCircuits,
  openLiveCatalogue,
  type LiveCatalogue,
  type LiveCircuits,
  type Database,
  type Doorbell,
} from "@cooly/engine";
import { usualTerms, type Terms } from "@cooly/contract";
import type { Clock, Log } from "@cooly/engine/ports";
import type { Configuration } from "./configuration.ts";
import { openQueue, type LateQueue } from "./queue.ts";
import { openStorage, type Storage } from "./storage.ts";
import { vendorsOf, type Vendors } from "./vendors.ts";

export interface Parts extends Vendors {
  readonly publicUrl: string;
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly queue: LateQueue;
  readonly store: Storage["store"];
  readonly buckets: Storage["buckets"];
  readonly storage: Pick<Storage, "name" | "origins">;
  readonly catalogue: LiveCatalogue;
  readonly circuits: LiveCircuits;
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

export async function openParts({ configuration, databaseUrl, publicUrl, secret, log }: PartsOptions): Promise<Parts> {
  // First, as it may refuse what is configured, and then nothing is open yet.
  const storage = await openStorage({ configuration, publicUrl, secret, log });
  const directUrl = configuration.text("DATABASE_DIRECT_URL");
  const db = openDatabase({
    connectionString: databaseUrl,
    pooled: directUrl !== null && directUrl !== databaseUrl,
    max: configuration.number("DATABASE_POOL_MAX") ?? 10,
    onNarrow: (got) => log.warn("database.few_connections", { got, fix: "raise the server's limit, or lower DATABASE_POOL_MAX of every process" }),
    onIdleError: (error) => log.warn("database.connection_lost", { error }),
  });
  const doorbell = openDoorbell({ connectionString: directUrl ?? databaseUrl, pool: db.pool, log });
  const queue = openQueue({ configuration, db, doorbell, log });
  const vendors = vendorsOf(configuration);
  const circuits = openCircuits({ db, doorbell, log });
  return {
    db,
    doorbell,
    queue,
    store: storage.store,
    buckets: storage.buckets,
    storage,
    catalogue: openLiveCatalogue({
      providers: new Set(vendors.resubmit.keys()),
      lacking: vendors.lacking,
      terms: termsOf(configuration),
      circuits,
      db,
      log,
    }),
    circuits,
    publicUrl,
    ...vendors,
    clock: { now: () => new Date() },
    log,
    async close() {
      await queue.close();
      storage.close();
      await doorbell.close();
      await db.close();
    },
  };
}

const termsOf = (configuration: Configuration): Terms => ({
  margin: configuration.text("PRICE_MARGIN") ?? usualTerms.margin,
  creditUsd: configuration.text("CREDIT_USD") ?? usualTerms.creditUsd,
});
