/** Which routes do not serve at the moment, known to every process: written by whoever saw it, read by all who choose. */
import { z } from "zod";
import type { Route } from "@cooly/contract";
import { statement, type Database, type Doorbell } from "../db/index.ts";
import type { Failure, Log } from "../ports/index.ts";
import { breakOf, FAILURES_IN_A_ROW, type Break } from "./break.ts";

type Reference = Pick<Route, "provider" | "upstream_id">;

export interface Circuit {
  readonly provider: string;
  /** Empty: all that this provider has. */
  readonly upstreamId: string;
  readonly class: string;
  readonly message: string;
  /** How often in a row it was opened. */
  readonly times: number;
  /** On this process's clock that never jumps, as the time of day may. */
  readonly openUntilMs: number;
}

export interface Circuits {
  /** What keeps this route from being asked now; null: nothing. */
  openFor(route: Reference): Circuit | null;
  /** The vendor took a job by it. */
  passed(route: Reference): void;
  failed(route: Reference, failure: Pick<Failure, "class" | "message" | "retryAfterSeconds">): void;
}

export interface LiveCircuits extends Circuits {
  refresh(): Promise<void>;
  /** Hears what other processes saw. Returns what ends that. */
  follow(): Promise<() => void>;
}

/** Where there is one route for everything, or nobody who could know. */
export const noCircuits: Circuits = { openFor: () => null, passed() {}, failed() {} };

/** Where no ring is heard, a change is seen after so long. */
const REFRESH_MS = 10_000;

const keyOf = (provider: string, upstreamId: string): string => `${provider} ${upstreamId}`;

export interface CircuitsParts {
  readonly db: Database;
  readonly doorbell: Pick<Doorbell, "ring" | "onRing">;
  readonly log: Log;
}

export function openCircuits({ db, doorbell, log }: CircuitsParts): LiveCircuits {
  let known = new Map<string, Circuit>();
  // What failed in a row, as this process saw it.
  const inARow = new Map<string, number>();
  const of = ({ provider, upstream_id }: Reference): Circuit[] => ["", upstream_id].flatMap((upstreamId) => known.get(keyOf(provider, upstreamId)) ?? []);

  const write = (doing: Promise<unknown>): void => {
    doing.then(
      () => doorbell.ring("circuits"),
      // Only the others do not know of it.
      (error: unknown) => log.warn("circuits.write_failed", { error }),
    );
  };

  function open({ provider, upstream_id }: Reference, { wide, seconds }: Break, { class: found, message }: Pick<Failure, "class" | "message">): void {
    const upstreamId = wide ? "" : upstream_id;
    const before = known.get(keyOf(provider, upstreamId));
    const openUntilMs = performance.now() + seconds * 1000;
    // Of many that fail at once each would make it longer.
    if (before && before.openUntilMs > performance.now() && before.class === found) return;
    const circuit = { provider, upstreamId, class: found, message, times: (before?.times ?? 0) + 1, openUntilMs };
    known.set(keyOf(provider, upstreamId), circuit);
    log.warn("circuits.opened", { provider, upstreamId, class: found, message, seconds, times: circuit.times });
    write(db.rows(opened, [provider, upstreamId, found, message, circuit.times, seconds]));
  }

  async function refresh(): Promise<void> {
    const rows = await db.rows(list, []);
    known = new Map(rows.map(({ upstream_id, seconds, ...row }) => [keyOf(row.provider, upstream_id), toCircuit(upstream_id, seconds, row)]));
  }
  const toCircuit = (upstreamId: string, seconds: number, row: Omit<Circuit, "upstreamId" | "openUntilMs">): Circuit => ({
    ...row,
    upstreamId,
    // Counted by the database's clock.
    openUntilMs: performance.now() + seconds * 1000,
  });

  return {
    openFor: (route) => of(route).find(({ openUntilMs }) => openUntilMs > performance.now()) ?? null,
    passed(route) {
      inARow.delete(keyOf(route.provider, route.upstream_id));
      for (const { provider, upstreamId } of of(route)) {
        known.delete(keyOf(provider, upstreamId));
        log.info("circuits.closed", { provider, upstreamId });
        write(db.rows(closed, [provider, upstreamId]));
      }
    },
    failed(route, failure) {
      const key = keyOf(route.provider, route.upstream_id);
      const failures = (inARow.get(key) ?? 0) + 1;
      inARow.set(key, failures);
      const times = Math.max(0, ...of(route).map((circuit) => circuit.times));
      const found = breakOf(failure, { failures, times });
      if (found) open(route, found, failure);
      if (failures >= FAILURES_IN_A_ROW) inARow.delete(key);
    },
    refresh,
    async follow() {
      await refresh();
      const again = (): void => void refresh().catch((error: unknown) => log.warn("circuits.refresh_failed", { error }));
      const timer = setInterval(again, REFRESH_MS).unref();
      const end = doorbell.onRing("circuits", again);
      return () => {
        clearInterval(timer);
        end();
      };
    },
  };
}

const list = statement(
  "circuits.list",
  z.object({ provider: z.string(), upstream_id: z.string(), class: z.string(), message: z.string(), times: z.number(), seconds: z.number() }),
  `select provider, upstream_id, class, message, times, extract(epoch from open_until - clock_timestamp())::float8 as seconds from circuits`,
);

const opened = statement(
  "circuits.open",
  z.object({ provider: z.string() }),
  `insert into circuits (provider, upstream_id, class, message, times, open_until)
   values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6::float8))
   on conflict (provider, upstream_id) do update set class = excluded.class, message = excluded.message,
     times = greatest(circuits.times, excluded.times), open_until = greatest(circuits.open_until, excluded.open_until)
   returning provider`,
);

const closed = statement(
  "circuits.close",
  z.object({ provider: z.string() }),
  `delete from circuits where provider = $1 and upstream_id = $2 returning provider`,
);
