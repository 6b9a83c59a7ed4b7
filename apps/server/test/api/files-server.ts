/** Files on the web, as far as a test needs them: over TLS, under a name that leads to this machine. */
import { createServer } from "node:https";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createGuardedDownloads } from "@cooly/drivers/download/guarded";
import type { GuardedDownloads } from "@cooly/engine/ports";
import { makeCertificate } from "../../../../packages/drivers/test/certificate.ts";
import { startNameServer } from "../../../../packages/drivers/test/name-server.ts";
import { createResolve } from "../../../../packages/drivers/src/download/guarded/names.ts";

export interface FilesServer {
  /** What the API reads addresses with: as it always does, but for this one machine inside. */
  readonly fetches: GuardedDownloads;
  readonly asked: IncomingMessage[];
  url(path: string): string;
  answer(listener: RequestListener): void;
  close(): void;
}

export async function openFilesServer(): Promise<FilesServer> {
  const { key, cert } = makeCertificate(["files.test"]);
  const names = await startNameServer((name) => (name === "files.test" ? ["127.0.0.1"] : []));
  const asked: IncomingMessage[] = [];
  let listener: RequestListener = (_request, response) => void response.writeHead(404).end();
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const resolve = createResolve([names.address]);
  return {
    fetches: createGuardedDownloads({
      allow: ["127.0.0.1"],
      ports: [port],
      authorities: [cert],
      resolve,
      bytesMax: 2_000_000,
      deadlineMs: 2_000,
      silenceMs: 700,
    }),
    asked,
    url: (path) => `https://files.test:${port}${path}`,
    answer: (next) => (listener = next),
    close() {
      server.closeAllConnections();
      server.close();
      names.close();
    },
  };
}
