/** Figures for Prometheus. Those that are read from the database are of the whole installation, and equal in every process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { readGauges, readSettled, type Database, type Settled } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";

export interface Metrics {
  answered(seen: { method: string; route: string; status: number; seconds: number }): void;
  accepted(outcome: string): void;
  render(): Promise<{ mediaType: string; text: string }>;
}

export interface MetricsParts {
  readonly db: Database;
  readonly log: Log;
  readonly streams: { count(): number };
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics({ db, log, streams }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const answers = new Histogram({
    name: "cooly_http_request_duration_seconds",
    help: "From a request's head to the end of its answer; event streams are not among them.",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS,
    registers,
  });
  const accepts = new Counter({ name: "cooly_accepts_total", help: "Requests for a generation, by what became of them.", labelNames: ["outcome"], registers });
  new Gauge({
    name: "cooly_event_streams",
    help: "Event streams that are open in this process.",
    registers,
    collect() {
      this.set(streams.count());
    },
  });
  const refresh = createRefresh(db, registry);
  return {
    answered: ({ method, route, status, seconds }) => answers.observe({ method, route, status }, seconds),
    accepted: (outcome) => accepts.inc({ outcome }),
    async render() {
      await refresh().catch((error: unknown) => log.warn("metrics.database_unread", { error }));
      return { mediaType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Where the database is away its figures are absent, rather than old. */
function createRefresh(db: Database, registry: Registry): () => Promise<void> {
  const registers = [registry];
  const outputs = new Gauge({ name: "cooly_outputs", help: "Outputs that have not settled, by state.", labelNames: ["state"], registers });
  const depth = new Gauge({ name: "cooly_queue_depth", help: "Outputs that wait for a worker.", registers });
  const age = new Gauge({ name: "cooly_queue_oldest_seconds", help: "How long the oldest of them has waited.", registers });
  const outbox = new Gauge({ name: "cooly_outbox_depth", help: "Outputs that wait to be handed to the queue.", registers });
  const dead = new Gauge({ name: "cooly_dead_letters", help: "Dead letters that nobody has dealt with.", registers });
  const broken = new Gauge({ name: "cooly_broken_rules", help: "Rules of the books that were found broken, once for every account.", registers });
  const unproven = new Gauge({ name: "cooly_unproven_accounts", help: "Accounts that changed since they were last proven.", registers });
  const up = new Gauge({ name: "cooly_database_up", help: "Whether the database answered this scrape.", registers });
  const settled = new Counter({
    name: "cooly_settled_outputs_total",
    help: "Outputs settled since this process began to count, by what became of their credits; ten seconds late.",
    labelNames: ["result"],
    registers,
  });
  const credits = new Counter({ name: "cooly_captured_credits_total", help: "Credits captured since then.", registers });
  let last: number | null = null;

  async function count(): Promise<void> {
    const seen: Settled = await readSettled(db, last);
    last = seen.last;
    settled.inc({ result: "captured" }, seen.captures);
    settled.inc({ result: "released" }, seen.releases);
    credits.inc(seen.captured_credits);
  }

  let counting: Promise<void> = Promise.resolve();
  return async () => {
    for (const gauge of [outputs, depth, age, outbox, dead, broken, unproven]) gauge.reset();
    up.set(0);
    const gauges = await readGauges(db);
    up.set(1);
    for (const { state, outputs: number } of gauges.live) outputs.set({ state }, number);
    const waiting = gauges.live.find(({ state }) => state === "queued");
    depth.set(waiting?.outputs ?? 0);
    age.set(waiting?.oldest_seconds ?? 0);
    outbox.set(gauges.outbox);
    dead.set(gauges.dead);
    broken.set(gauges.broken);
    unproven.set(gauges.unproven);
    // One after the other: two scrapes at once would count the same transfers twice.
    await (counting = counting.catch(() => undefined).then(count));
  };
}
