// What the npm scripts run: any Node starts it, Node 24 does the work.
import { join } from "node:path";
import { environment, prepare, root, say } from "./bootstrap.mjs";
import { frugal } from "./frugal.mjs";
import { become, run } from "./process.mjs";
import { buildStudio } from "./studio.mjs";
import { findTestServers, lackOfEngine } from "./test-servers.mjs";

const FIRST_PORT = 3000;
const server = join(root, "apps/server/src/main.ts");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
/** What `npm run test:topology` ends with where there is no engine to start them in. */
const NO_ENGINE = 75;
const quiet = "--disable-warning=ExperimentalWarning";

const verbs = {
  async start(args) {
    await built();
    await become(node, [quiet, server, "up", ...args], { ...here, env: { ...frugal, ...here.env } });
  },
  async test(args) {
    findTestServers();
    await built();
    return run(node, [vitest, "run", ...args], here);
  },
  "test:topology"(args) {
    const lack = lackOfEngine();
    if (lack !== null) {
      say(`The deployments cannot be started here: ${lack}.`);
      return NO_ENGINE;
    }
    return run(node, [vitest, "run", "--config", join(root, "test/topology/vitest.config.ts"), ...args], here);
  },
  check: (args) => run(node, [quiet, join(root, "tools/check.ts"), ...args], here),
  gen: (args) => run(node, [quiet, join(root, "tools/gen.ts"), ...args], here),
  bench: (args) => run(node, [quiet, join(root, "bench/main.ts"), ...args], here),
  chaos: (args) => run(node, [quiet, join(root, "test/chaos/main.ts"), ...args], here),
  format: () => run(node, [join(root, "node_modules/oxfmt/bin/oxfmt"), "--write", "."], here),
  dev,
};

const [verb = "", ...words] = process.argv.slice(2);
if (!Object.hasOwn(verbs, verb)) {
  say(`there is no ${verb || "empty verb"}; the verbs are ${Object.keys(verbs).join(", ")}`);
  process.exit(2);
}
const node = await prepare();
const here = { cwd: root, stdio: "inherit", env: environment(node) };
process.exit(await verbs[verb](words));

async function built() {
  const code = await buildStudio(node);
  if (code !== 0) process.exit(code);
}

/** The server begins again when one of its files changes; the studio, on the next port, follows its files by itself. */
async function dev() {
  const port = Number(process.env.COOLY_PORT || FIRST_PORT);
  const [api, studio] = [`http://localhost:${port}`, `http://localhost:${port + 1}`];
  const ended = new AbortController();
  const child = (args, options) => run(node, args, { ...here, signal: ended.signal, ...options }).finally(() => ended.abort());
  say(`The studio will be at ${studio}, the API at ${api}.`);
  const codes = await Promise.all([
    child([quiet, "--watch", "--watch-preserve-output", server, "up"], { env: { ...here.env, COOLY_PORT: String(port), ALLOWED_ORIGINS: studio } }),
    child([join(root, "node_modules/next/dist/bin/next"), "dev", "--port", String(port + 1)], {
      cwd: join(root, "apps/frontend"),
      env: { ...here.env, API_URL: api, NEXT_TELEMETRY_DISABLED: "1" },
    }),
  ]);
  return codes.find((code) => code !== 0) ?? 0;
}
