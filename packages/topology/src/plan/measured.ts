/** What was measured of this software, and what had to be assumed of the people who use it. Ranges, each with where it is from. */
import { between, exactly, type Range } from "./range.ts";

export interface Figure {
  readonly range: Range;
  readonly unit: string;
  readonly from: string;
}

const figure = (range: Range, unit: string, from: string): Figure => ({ range, unit, from });

export const measured = {
  acceptCpu: figure(
    between(0.16, 0.81, 0.9),
    "ms of a core for each accept, in the API",
    "docs/performance.md, accept: 64 clients at once to one after the other",
  ),
  acceptStoreCpu: figure(between(0.16, 0.96, 1.31), "ms of a core for each accept, in PostgreSQL", "docs/performance.md, accept"),
  outputCpu: figure(
    between(4.63, 5.31, 50),
    "ms of a core for each output, in the workers",
    "docs/performance.md, whole pipeline; the most is for pictures ten times as large",
  ),
  outputStoreCpu: figure(between(1.05, 1.42, 2.71), "ms of a core for each output, in PostgreSQL", "docs/performance.md, whole pipeline"),
  historyCpu: figure(
    between(1, 2, 4),
    "ms of a core for each other request, in the API, and as many in PostgreSQL",
    "docs/performance.md: a page of the history takes 3.8 in all",
  ),
  streamMemory: figure(between(9.94, 9.94, 25), "KiB for each open event stream", "docs/performance.md, event streams"),
  workerMemory: figure(between(120, 189, 256), "MiB for a worker with 1,000 outputs in hand", "docs/performance.md, remote tasks"),
  apiMemory: figure(between(110, 150, 256), "MiB for an API process", "as a worker's, less what is in hand"),
  studioMemory: figure(between(90, 150, 256), "MiB for the studio", "a Next.js server without load"),
  partsMemory: figure(
    between(400, 900, 1_600),
    "MiB for PostgreSQL, Redis, an S3 server and a proxy",
    "a stack of all parts that was started and looked at; the most is with warm caches",
  ),
  idleReceives: figure(exactly(720), "requests an hour to SQS for each idle gen worker", "docs/operate/queues.md"),
  idleCommands: figure(exactly(1_080), "commands an hour to Redis for each idle gen worker", "docs/operate/queues.md"),
  jobCommands: figure(between(20, 39, 39), "commands to Redis for each output", "counted by Redis, scripts included; the least is without them"),
  jobRequests: figure(between(1.3, 3, 6), "requests to SQS for each output", "publish, receive, delete; ten in one at best"),
  cacheCommands: figure(between(1, 2, 4), "commands to the cache for each request", "a session that is kept, and a count"),
  rowBytes: figure(between(2, 4, 8), "KB of database for each output, kept for good", "its rows, events and indexes"),
  traceBytes: figure(between(10, 20, 40), "KB between workers and database for each output", "docs/performance.md: 10 KB of WAL each"),
} as const satisfies Record<string, Figure>;

export const assumed = {
  sizeSpread: figure(between(0.6, 1, 1.8), "times the size that was said", "sizes are an average that few know"),
  viewSpread: figure(between(0.5, 1, 2.5), "times the views that were said", "views are an average that few know"),
  peakHour: figure(between(0.08, 0.12, 0.2), "of a day's work in its busiest hour", "an even day has 0.042, an evening audience up to 0.2"),
  requests: figure(between(40, 100, 250), "requests of one person a day", "lists, events, and what a visit loads"),
  requestBytes: figure(between(2, 4, 8), "KB for each of those", "a page of the history is 5"),
  studioBytes: figure(between(0.2, 0.6, 1.5), "MB of the studio's files for one person a day", "0.6 where the browser keeps nothing"),
  together: figure(between(0.05, 0.1, 0.25), "of a day's people at once", "with a page open, in the busiest hour"),
  dollarsForEuro: figure(between(1.08, 1.16, 1.2), "dollars for a euro", "an assumption: the range of the last two years"),
} as const satisfies Record<string, Figure>;

export const of = (name: keyof typeof measured | keyof typeof assumed): Range =>
  name in measured ? measured[name as keyof typeof measured].range : assumed[name as keyof typeof assumed].range;
