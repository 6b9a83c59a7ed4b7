/** How several processes share one database server: each holds a lock in it, and the last to let go knows that it is the last. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const HOLD = 7_265_150_133;
const AGAIN_MS = 500;

export interface KeptConnection {
  /** Null while it is lost. */
  client(): pg.Client | null;
  close(): Promise<void>;
}

/** A connection for what lives as long as it does (a session's locks): made again whenever it is lost. */
export async function keepConnection(url: string, name: string, begin: (client: pg.Client) => Promise<unknown>): Promise<KeptConnection> {
  let closed = false;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: name, keepAlive: true });
    client.on("error", () => undefined);
    await client.connect();
    try {
      await begin(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once("end", () => void again());
    return client;
  };
  let current: pg.Client | null = await connect();
  const again = async (): Promise<void> => {
    current = null;
    while (!closed && !current) {
      await sleep(AGAIN_MS, undefined, { ref: false });
      if (!closed) current = await connect().catch(() => null);
    }
  };
  return {
    client: () => current,
    async close() {
      closed = true;
      await current?.end().catch(() => undefined);
    },
  };
}

export interface Hold {
  /** True: nobody else holds. */
  release(): Promise<boolean>;
}

/** A killed process holds no more, since its connection ends with it. */
export async function openHold(url: string): Promise<Hold> {
  const kept = await keepConnection(url, "cooly-hold", (client) => client.query("select pg_advisory_lock_shared($1)", [HOLD]));
  return {
    async release() {
      try {
        const client = kept.client();
        if (!client) return true;
        await client.query("select pg_advisory_unlock_shared($1)", [HOLD]);
        const { rows } = await client.query<{ alone: boolean }>("select pg_try_advisory_lock($1) as alone", [HOLD]);
        return rows[0]!.alone;
      } catch {
        return true;
      } finally {
        await kept.close();
      }
    },
  };
}
