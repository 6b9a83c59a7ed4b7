/** What traffic asks of machines, networks and brokers in a month. */
import { of } from "./measured.ts";
import { each, exactly, plus, scaled, times, type Range } from "./range.ts";
import { kinds, type Traffic } from "./traffic.ts";

export const DAYS = 30.4;
export const HOURS = 730;
const MIB_PER_KIB = 1 / 1024;

export interface Workload {
  readonly outputs: Range;
  /** GB made in a month, kept at its end, and looked at in it. */
  readonly madeGb: Range;
  readonly storedGb: Range;
  readonly viewedGb: Range;
  /** GB of the API's answers, of the studio's files, and between workers and database. */
  readonly apiGb: Range;
  readonly studioGb: Range;
  readonly traceGb: Range;
  readonly databaseGb: Range;
  readonly requests: Range;
  /** Cores in the busiest hour. */
  readonly apiCores: Range;
  readonly workerCores: Range;
  readonly storeCores: Range;
  /** MiB. */
  readonly streamsMemory: Range;
}

export function workloadOf(traffic: Traffic): Workload {
  const { dailyUsers: people, retentionDays, months } = traffic;
  const generations = people * traffic.generationsPerUser;
  const outputs = generations * traffic.outputsPerGeneration;
  const dailyGb = scaled(of("sizeSpread"), (outputs * averageMb(traffic)) / 1_000);
  const requests = scaled(of("requests"), people);
  const inPeak = (perDay: Range, milliseconds: Range): Range => scaled(times(perDay, milliseconds, of("peakHour")), 1 / 3_600_000);
  return {
    outputs: exactly(outputs * DAYS),
    madeGb: scaled(dailyGb, DAYS),
    storedGb: scaled(dailyGb, Math.min(retentionDays, months * DAYS)),
    viewedGb: scaled(times(dailyGb, of("viewSpread")), traffic.viewsPerOutput * DAYS),
    apiGb: scaled(times(requests, of("requestBytes")), DAYS / 1_000_000),
    studioGb: scaled(of("studioBytes"), (people * DAYS) / 1_000),
    traceGb: scaled(of("traceBytes"), (outputs * DAYS) / 1_000_000),
    databaseGb: each(of("rowBytes"), (kilobytes) => (kilobytes * outputs * months * DAYS) / 1_000_000),
    requests: scaled(requests, DAYS),
    apiCores: plus(inPeak(exactly(generations), of("acceptCpu")), inPeak(requests, of("historyCpu"))),
    workerCores: inPeak(exactly(outputs), of("outputCpu")),
    storeCores: plus(inPeak(exactly(generations), of("acceptStoreCpu")), inPeak(exactly(outputs), of("outputStoreCpu")), inPeak(requests, of("historyCpu"))),
    streamsMemory: scaled(times(of("together"), of("streamMemory")), people * MIB_PER_KIB),
  };
}

function averageMb({ shares, sizes }: Traffic): number {
  const all = kinds.reduce((sum, kind) => sum + shares[kind], 0);
  return all === 0 ? 0 : kinds.reduce((sum, kind) => sum + shares[kind] * sizes[kind], 0) / all;
}
