/** Spans of traces: one trace for a generation, over every process that has a hand in it. Where nobody collects them they cost nothing. */
export interface Tracer {
  /** Runs `act` within a span. What `act` begins is below it, and what `act` throws ends it as failed. */
  span<T>(name: string, options: SpanOptions, act: (span: Span) => Promise<T>): Promise<T>;

  /** A span that has been already. */
  record(name: string, options: SpanOptions & { readonly began: Date; readonly ended: Date }): void;

  /** Whether anybody collects. */
  readonly on: boolean;
}

export interface SpanOptions {
  /** The span above, as a W3C `traceparent`. Default, and where it cannot be read: the one that this call is made in. */
  readonly under?: string | null | undefined;
  /** Ids and words, never a prompt, a key or a link. */
  readonly facts?: Facts;
}

export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Span {
  /** For whoever goes on with it elsewhere; null where nobody collects. */
  readonly traceparent: string | null;
  note(facts: Facts): void;
}

const nothing: Span = { traceparent: null, note() {} };

export const quietTracer: Tracer = { on: false, span: (_name, _options, act) => act(nothing), record() {} };
