/** Every figure of ours, once. What counts it, the reference page and the test of the dashboard are made from this list. */

interface Definition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** One sentence. */
  readonly says: string;
}

export const metrics = {
  cooly_http_request_duration_seconds: {
    kind: "histogram",
    labels: ["method", "route", "status"],
    says: "From a request's head to the end of its answer; event streams are not among them.",
  },
  cooly_accepts_total: { kind: "counter", labels: ["outcome"], says: "Requests for a generation, by what became of them." },

  cooly_event_streams: { kind: "gauge", labels: [], says: "Event streams that are open in this process." },
  cooly_event_deliveries_total: { kind: "counter", labels: [], says: "Events handed to streams and to whoever waits for a generation." },
  cooly_event_lag_seconds: { kind: "histogram", labels: [], says: "From the moment that an event was written to the moment it was handed out, by two clocks." },

  cooly_queue_messages: { kind: "gauge", labels: ["driver"], says: "Messages that may be taken now; told by relays, for the whole installation." },
  cooly_queue_message_oldest_seconds: {
    kind: "gauge",
    labels: ["driver"],
    says: "How long the oldest of them has waited; absent where the broker cannot tell.",
  },
  cooly_queue_set_aside_messages: { kind: "gauge", labels: ["driver"], says: "Messages that no worker could handle." },
  cooly_queue_up: { kind: "gauge", labels: ["driver"], says: "Whether the broker answered this scrape." },
  cooly_queue_published_messages_total: { kind: "counter", labels: ["driver"], says: "Messages that the broker took." },
  cooly_queue_publish_failures_total: { kind: "counter", labels: ["driver"], says: "Batches that it did not take." },
  cooly_queue_publish_duration_seconds: { kind: "histogram", labels: ["driver"], says: "How long it took a batch." },
  cooly_queue_handled_messages_total: { kind: "counter", labels: ["driver", "outcome"], says: "Messages taken from it: done, or failed and to come again." },
  cooly_queue_handle_duration_seconds: { kind: "histogram", labels: ["driver"], says: "How long a message was in hand." },
  cooly_queue_in_hand_messages: { kind: "gauge", labels: ["driver"], says: "Messages that this process has in hand." },

  cooly_role_passes_total: { kind: "counter", labels: ["role", "outcome"], says: "Rounds of a role's loops: done or failed." },
  cooly_role_pass_duration_seconds: { kind: "histogram", labels: ["role"], says: "How long a round took." },
  cooly_role_last_pass_age_seconds: { kind: "gauge", labels: ["role"], says: "How long ago the last round was that did not fail." },

  cooly_provider_calls_total: {
    kind: "counter",
    labels: ["provider", "call", "outcome"],
    says: "Calls of providers, by what they said: accepted, delivered, running, refused, canceled, transient, rate_limited, permanent, unknown, nothing, done; or threw.",
  },
  cooly_provider_call_duration_seconds: { kind: "histogram", labels: ["provider", "call"], says: "How long a provider took to say it." },
  cooly_provider_in_hand_calls: { kind: "gauge", labels: ["provider"], says: "Calls of it that this process waits for." },

  cooly_storage_calls_total: { kind: "counter", labels: ["driver", "call", "outcome"], says: "Calls of the storage: done or failed." },
  cooly_storage_call_duration_seconds: { kind: "histogram", labels: ["driver", "call"], says: "How long one took; of an opened object, until its first byte." },
  cooly_storage_put_bytes_total: { kind: "counter", labels: ["driver"], says: "Bytes that were stored." },

  cooly_outputs: { kind: "gauge", labels: ["state"], says: "Outputs that have not settled, by state." },
  cooly_queue_depth: { kind: "gauge", labels: [], says: "Outputs that wait for a worker." },
  cooly_queue_oldest_seconds: { kind: "gauge", labels: [], says: "How long the oldest of them has waited." },
  cooly_leases: { kind: "gauge", labels: [], says: "Outputs that some worker has in hand." },
  cooly_outbox_depth: { kind: "gauge", labels: [], says: "Outputs that wait to be handed to the queue." },
  cooly_dead_letters: { kind: "gauge", labels: [], says: "Dead letters that nobody has dealt with." },
  cooly_broken_rules: { kind: "gauge", labels: [], says: "Rules of the books that were found broken, once for every account." },
  cooly_unproven_accounts: { kind: "gauge", labels: [], says: "Accounts that changed since they were last proven." },
  cooly_ledger_held_credits: { kind: "gauge", labels: [], says: "Credits held for outputs that have not settled." },
  cooly_ledger_moved_credits_total: {
    kind: "counter",
    labels: ["kind"],
    says: "Credits moved since this process began to count, by kind of transfer; ten seconds late.",
  },
  cooly_settled_outputs_total: {
    kind: "counter",
    labels: ["result"],
    says: "Outputs settled since this process began to count, by what became of their credits; ten seconds late.",
  },
  cooly_captured_credits_total: { kind: "counter", labels: [], says: "Credits captured since then." },
  cooly_database_up: { kind: "gauge", labels: [], says: "Whether the database answered this scrape." },
  cooly_database_connections: { kind: "gauge", labels: ["state"], says: "This process's connections, idle and busy, and who waits for one." },

  cooly_cache_up: { kind: "gauge", labels: [], says: "Whether the Redis of sessions and rate limits can be reached; absent where there is none." },
  cooly_log_lines_total: { kind: "counter", labels: ["level"], says: "Lines of the log that somebody should read: warn and error." },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof metrics;

type NamesOf<Kind extends Definition["kind"]> = { [Name in MetricName]: (typeof metrics)[Name]["kind"] extends Kind ? Name : never }[MetricName];

export type CounterName = NamesOf<"counter">;
export type GaugeName = NamesOf<"gauge">;
export type HistogramName = NamesOf<"histogram">;
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metrics)[Name]["labels"][number], string>>;

/** Of the process itself, by prom-client: those that operators look at. The rest of its kind begin with nodejs_ and process_ too. */
export const processMetrics = [
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "process_open_fds",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_heap_size_used_bytes",
] as const;

/** docs/reference/metrics.md */
export function renderMetricsPage(): string {
  const rows = Object.entries<Definition>(metrics).map(
    ([name, { kind, labels, says }]) => `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${says} |`,
  );
  return `# Metrics

Made from \`apps/server/src/metrics/list.ts\`; do not edit by hand. What to look at and when: [observability](../operate/observability.md).

Every process answers \`GET /metrics\` on its PORT to whoever sends METRICS_TOKEN as a bearer token. Figures of the database and of the
queue are of the whole installation and equal in each process that tells them (\`api\` and \`sweeper\` the database's, \`relay\` the queue's): take
their \`max\`, not their sum. All others are of one process.

| name | type | labels | what it says |
|---|---|---|---|
${rows.join("\n")}

Beside these there is what prom-client tells of each process, ${processMetrics.map((name) => `\`${name}\``).join(", ")} among it.
`;
}
