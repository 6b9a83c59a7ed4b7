import pino from "pino";
import type { Log } from "@cooly/engine/ports";

/** JSON lines on stdout. An error's message and stack go into the log; its query parameters and connection strings do not. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const to = destination ?? pino.destination({ dest: 1, sync: false });
  const options: pino.LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: "event",
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: describeError },
  };
  const plain = pino(options, to);
  const redact = { paths: ["*.password", "*.secret", "*.key", "*.token", "*.authorization", "*.cookie", "*.url"], censor: "[redacted]" };
  const careful = pino({ ...options, redact }, to);
  // What is redacted stands within an object; a line without one, as of every request, need not be searched.
  const loggerFor = (facts: object): pino.Logger => (Object.values(facts).some((fact) => typeof fact === "object") ? careful : plain);
  return {
    debug: (event, facts = {}) => loggerFor(facts).debug(facts, event),
    info: (event, facts = {}) => loggerFor(facts).info(facts, event),
    warn: (event, facts = {}) => loggerFor(facts).warn(facts, event),
    error: (event, facts = {}) => loggerFor(facts).error(facts, event),
  };
}

export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message.replaceAll(/\/\/[^\s/@]+@/g, "//[redacted]@"),
    ...(code !== undefined && { code }),
    stack: error.stack
      ?.split("\n")
      .slice(1, 12)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
