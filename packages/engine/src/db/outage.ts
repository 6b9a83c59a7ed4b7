/** Trouble with the way to the database, not with what was asked of it. */
const AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "57P01", "57P02", "57P03", "53300", "53400", "25006"]);
const AWAY_WORDS = /timeout exceeded when trying to connect|connection terminated|after calling end on the pool|query read timeout/i;
const NEVER_REACHED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "57P03", "53300"]);
const NEVER_REACHED_WORDS = /timeout exceeded when trying to connect/i;
const DEPTH_MAX = 5;

/** The database is away, or was on the way: whether it did what it was asked is not known. */
export const isOutage = (error: unknown): boolean =>
  speaksOf(error, ({ code, message }) => (code !== null && (AWAY.has(code) || code.startsWith("08"))) || AWAY_WORDS.test(message));

/** Whether it is certain that the database was not asked. Anything else that broke may have done its work. */
export const wasNeverAsked = (error: unknown): boolean =>
  speaksOf(error, ({ code, message }) => (code !== null && NEVER_REACHED.has(code)) || NEVER_REACHED_WORDS.test(message));

function speaksOf(error: unknown, is: (said: { code: string | null; message: string }) => boolean, depth = 0): boolean {
  if (!(error instanceof Error) || depth > DEPTH_MAX) return false;
  const { code, message } = error as { code?: unknown; message: string };
  if (is({ code: typeof code === "string" ? code : null, message })) return true;
  const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  return causes.some((cause) => speaksOf(cause, is, depth + 1));
}
