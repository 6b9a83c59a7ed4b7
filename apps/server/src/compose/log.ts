import pino from "pino";
import type { Log } from "@cooly/engine/ports";

const GATHERED_BYTES = 8_192;
const GATHERED_MS = 50;

/**
 * A line written by itself is a tenth of what a request costs, so the lines of a moment are written together; at the end, all are.
 * What went wrong is written at once: the next moment may be the last.
 */
function lateFlush(stdout: { flush(): void }): () => void {
  let timer: NodeJS.Timeout | null = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      stdout.flush();
    }, GATHERED_MS).unref();
  };
}

/** JSON lines on stdout. An error's message and stack go into the log; its query parameters and connection strings do not. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const stdout = destination ? null : pino.destination({ dest: 1, sync: false, minLength: GATHERED_BYTES });
  const to = destination ?? stdout!;
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
  const soon = stdout && lateFlush(stdout);
  const at =
    (severity: "debug" | "info" | "warn" | "error"): Log["info"] =>
    (event, facts = {}) => {
      loggerFor(facts)[severity](facts, event);
      if (severity === "error" || severity === "warn") stdout?.flush();
      else soon?.();
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
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
