// `node alive.mjs /healthz`: what a container's health check runs, where there is no curl. Only this process' own port is asked.
const [path = "/healthz"] = process.argv.slice(2);
const reply = await fetch(`http://127.0.0.1:${process.env.PORT || 3000}${path}`, { signal: AbortSignal.timeout(4_000) }).catch(() => null);
process.exit(reply?.ok ? 0 : 1);
