/** Ports that count and trace what passes through them, so that neither the engine nor a driver has to. */
import type { EventHub, LiveEvent } from "@cooly/engine";
import type { Log, ObjectStore, Provider, Queue, Tracer } from "@cooly/engine/ports";
import { quietMeters, timed, type Meters } from "../metrics/meters.ts";

export interface Watch {
  readonly meters: Meters;
  readonly tracer: Tracer;
}

/** `originsOf`: the traces that these outputs were accepted in, as `traceparent`s. */
export type OriginsOf = (outputIds: readonly string[]) => Promise<readonly string[]>;

export function measureQueue<Driven extends Queue>(queue: Driven, driver: string, { meters, tracer, originsOf }: Watch & { originsOf: OriginsOf }): Driven {
  const labels = { driver };
  let inHand = 0;
  const hold = (by: number): void => meters.set("cooly_queue_in_hand_messages", labels, (inHand += by));

  /** A batch is of many traces: each hears of it. */
  async function tell(outputIds: readonly string[], began: Date): Promise<void> {
    const ended = new Date();
    for (const under of await originsOf(outputIds))
      tracer.record("outbox-relay.publish", { under, facts: { driver, messages: outputIds.length }, began, ended });
  }

  return {
    ...queue,
    async publish(messages) {
      const began = new Date();
      await timed(
        () => queue.publish(messages),
        (seconds, result) => {
          meters.observe("cooly_queue_publish_duration_seconds", labels, seconds);
          if ("error" in result) meters.count("cooly_queue_publish_failures_total", labels);
          else meters.count("cooly_queue_published_messages_total", labels, messages.length);
        },
      );
      // Nobody waits for what is only told.
      if (tracer.on) void tell([...new Set(messages.map(({ outputId }) => outputId))], began).catch(() => undefined);
    },
    consume(handle, options) {
      const measured: typeof handle = (message) => {
        hold(1);
        return timed(
          () => handle(message),
          (seconds, result) => {
            hold(-1);
            meters.observe("cooly_queue_handle_duration_seconds", labels, seconds);
            meters.count("cooly_queue_handled_messages_total", { driver, outcome: "error" in result ? "failed" : "done" });
          },
        );
      };
      return queue.consume(measured, options);
    },
  };
}

/** For the process that tells it: what waits at the broker. */
export function tellQueue(queue: Pick<Queue, "depth">, driver: string, meters: Meters): void {
  const gauges = ["cooly_queue_messages", "cooly_queue_message_oldest_seconds", "cooly_queue_set_aside_messages"] as const;
  meters.onScrape(gauges, async (set) => {
    meters.set("cooly_queue_up", { driver }, 0);
    const { waiting, oldestSeconds, setAside } = await queue.depth();
    meters.set("cooly_queue_up", { driver }, 1);
    set("cooly_queue_messages", { driver }, waiting);
    set("cooly_queue_set_aside_messages", { driver }, setAside);
    if (oldestSeconds !== null) set("cooly_queue_message_oldest_seconds", { driver }, oldestSeconds);
  });
}

type Call = <T>(call: string, act: () => Promise<T>, outcomeOf: (value: T) => string) => Promise<T>;

const done = (): string => "done";
/** What a provider said, in a word; of a failure, which kind. */
const said = (seen: { kind: string; class?: string } | null): string => (seen === null ? "nothing" : (seen.class ?? seen.kind));

export function measureProvider(provider: Provider, { meters, tracer }: Watch): Provider {
  if (meters === quietMeters && !tracer.on) return provider;
  const { id } = provider;
  let inHand = 0;
  const hold = (by: number): void => meters.set("cooly_provider_in_hand_calls", { provider: id }, (inHand += by));
  const call: Call = (name, act, outcomeOf) =>
    tracer.span(`provider.${name}`, { facts: { provider: id } }, (span) => {
      hold(1);
      return timed(act, (seconds, result) => {
        hold(-1);
        const outcome = "error" in result ? "threw" : outcomeOf(result.value);
        span.note({ outcome });
        meters.observe("cooly_provider_call_duration_seconds", { provider: id, call: name }, seconds);
        meters.count("cooly_provider_calls_total", { provider: id, call: name, outcome });
      });
    });
  const { look, reconcile, cancel } = provider;
  return {
    ...provider,
    start: (job, signal) => call("start", () => provider.start(job, signal), said),
    ...(look && { look: (operation, signal) => call("look", () => look.call(provider, operation, signal), said) }),
    ...(reconcile && { reconcile: (job, signal) => call("reconcile", () => reconcile.call(provider, job, signal), said) }),
    ...(cancel && { cancel: (operation, signal) => call("cancel", () => cancel.call(provider, operation, signal), done) }),
  };
}

export function measureStore(store: ObjectStore, driver: string, { meters, tracer }: Watch): ObjectStore {
  const call = <T>(name: string, act: () => Promise<T>): Promise<T> =>
    timed(act, (seconds, result) => {
      meters.observe("cooly_storage_call_duration_seconds", { driver, call: name }, seconds);
      meters.count("cooly_storage_calls_total", { driver, call: name, outcome: "error" in result ? "failed" : "done" });
    });
  return {
    ...store,
    put: (key, body, options) =>
      tracer.span("storage.put", { facts: { driver } }, async (span) => {
        const stored = await call("put", () => store.put(key, body, options));
        span.note({ sizeBytes: stored.sizeBytes });
        meters.count("cooly_storage_put_bytes_total", { driver }, stored.sizeBytes);
        return stored;
      }),
    open: (key, range) => call("open", () => store.open(key, range)),
    stat: (key) => call("stat", () => store.stat(key)),
    remove: (keys) => call("remove", () => store.remove(keys)),
  };
}

/** However many listen, an event's way to this process is measured once. */
export function measureHub(hub: EventHub, meters: Meters): EventHub {
  if (meters === quietMeters) return hub;
  const measured = new WeakSet<LiveEvent>();
  return {
    ...hub,
    subscribe: (subscription) =>
      hub.subscribe({
        ...subscription,
        onEvents(events) {
          meters.count("cooly_event_deliveries_total", {}, events.length);
          const last = events.at(-1);
          // Who asked for the past is told of it late.
          if (last && subscription.after === null && !measured.has(last)) {
            measured.add(last);
            meters.observe("cooly_event_lag_seconds", {}, Math.max(0, Date.now() - last.created_at.getTime()) / 1000);
          }
          subscription.onEvents(events);
        },
      }),
  };
}

export const countLines = (log: Log, meters: Meters): Log => ({
  ...log,
  warn(event, facts) {
    meters.count("cooly_log_lines_total", { level: "warn" });
    log.warn(event, facts);
  },
  error(event, facts) {
    meters.count("cooly_log_lines_total", { level: "error" });
    log.error(event, facts);
  },
});
