import type { World } from "../command.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export const http: World["http"] = async ({ url, method, headers, body, timeoutMs, signal, follow = false }) => {
  const signals = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
  const begun = performance.now();
  const reply = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    redirect: follow ? "follow" : "manual",
    signal: AbortSignal.any(signals),
  });
  const read = new Uint8Array(await reply.arrayBuffer());
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: read, ms: performance.now() - begun };
};

export const interruption: World["interruption"] = () => {
  const controller = new AbortController();
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return controller.signal;
};
