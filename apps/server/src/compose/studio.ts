/** The built studio, in this process: `npm start` has one port for everything. */
import { existsSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export interface Studio {
  readonly handler: RequestListener;
  close(): Promise<void>;
}

interface NextServer {
  prepare(): Promise<void>;
  getRequestHandler(): RequestListener;
  close(): Promise<void>;
}

const folder = fileURLToPath(new URL("../../../frontend/", import.meta.url));

/** Null where it has not been built. */
export async function openStudio(): Promise<Studio | null> {
  if (!existsSync(`${folder}.next/BUILD_ID`)) return null;
  const require = createRequire(`${folder}package.json`);
  const next = require("next") as (options: { dev: false; dir: string; quiet: boolean }) => NextServer;
  process.env["__NEXT_PRIVATE_STANDALONE_CONFIG"] ??= builtConfiguration();
  const app = next({ dev: false, dir: folder, quiet: true });
  await app.prepare();
  return { handler: app.getRequestHandler(), close: () => app.close() };
}

// As the build has noted it, and handed over as the build's own `server.js` does: no TypeScript is read at start.
function builtConfiguration(): string {
  const { config } = JSON.parse(readFileSync(`${folder}.next/required-server-files.json`, "utf8")) as { config: object };
  return JSON.stringify(config);
}
