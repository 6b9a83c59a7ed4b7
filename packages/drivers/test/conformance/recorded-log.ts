import type { Log } from "@cooly/engine/ports";

export interface RecordedLog extends Log {
  readonly lines: { readonly level: keyof Log; readonly event: string; readonly facts: object }[];
  /** Above debug. */
  events(): string[];
}

export function recordLog(): RecordedLog {
  const lines: RecordedLog["lines"] = [];
  const at =
    (level: keyof Log) =>
    (event: string, facts: object = {}): void =>
      void lines.push({ level, event, facts });
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    events: () => lines.filter(({ level }) => level !== "debug").map(({ event }) => event),
  };
}
