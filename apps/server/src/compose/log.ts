import pino from "pino";
import type { Log } from "@cooly/engine/ports";

/** JSON lines on stdout. An error's message and stack go into the log; its query parameters and connection strings do not. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: "event",
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: { paths: ["*.password", "*.secret", "*.key", "*.token", "*.authorization", "*.cookie", "*.url"], censor: "[redacted]" },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
  return {
    debug: (event, facts = {}) => logger.debug(facts, event),
    info: (event, facts = {}) => logger.info(facts, event),
    warn: (event, facts = {}) => logger.warn(facts, event),
    error: (event, facts = {}) => logger.error(facts, event),
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
