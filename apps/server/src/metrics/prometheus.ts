/** Figures for Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Log } from "@cooly/engine/ports";
import { metrics, type CounterName, type GaugeName, type HistogramName } from "./list.ts";
import type { Meters } from "./meters.ts";

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

interface Made {
  readonly counters: Map<CounterName, Counter>;
  readonly gauges: Map<GaugeName, Gauge>;
  readonly histograms: Map<HistogramName, Histogram>;
}

export function createMeters(log: Log): Meters {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { counters, gauges, histograms } = make(registry);
  const reads: (() => Promise<void>)[] = [];
  const set: Meters["set"] = (name, labels, value) => gauges.get(name)!.set(labels, value);
  return {
    count: (name, labels, by = 1) => counters.get(name)!.inc(labels, by),
    observe: (name, labels, value) => histograms.get(name)!.observe(labels, value),
    set,
    onScrape(names, read) {
      reads.push(async () => {
        for (const name of names) clear(gauges.get(name)!, name);
        await read(set);
      });
    },
    async render() {
      await Promise.all(reads.map((read) => read().catch((error: unknown) => log.warn("metrics.unread", { error }))));
      return { mediaType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function make(registry: Registry): Made {
  const made: Made = { counters: new Map(), gauges: new Map(), histograms: new Map() };
  const registers = [registry];
  for (const [name, { kind, labels, says: help }] of Object.entries(metrics)) {
    const usual = { name, help, labelNames: [...labels], registers };
    if (kind === "counter") made.counters.set(name as CounterName, new Counter(usual));
    if (kind === "gauge") {
      const gauge = new Gauge(usual);
      made.gauges.set(name as GaugeName, gauge);
      clear(gauge, name as GaugeName);
    }
    if (kind === "histogram") made.histograms.set(name as HistogramName, new Histogram({ ...usual, buckets: BUCKETS }));
  }
  return made;
}

// Without labels a gauge would be 0 until it is set, and say so.
function clear(gauge: Gauge, name: GaugeName): void {
  gauge.reset();
  if (metrics[name].labels.length === 0) gauge.remove();
}
