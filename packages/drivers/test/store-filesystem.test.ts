import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failures, Fault } from "@cooly/contract";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createMediaHandler } from "../../../apps/server/src/api/media.ts";
import { storeSuite } from "./conformance/store.ts";

storeSuite(
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "cooly-store-"));
    let handle: ReturnType<typeof createMediaHandler>;
    const server = createServer((request, response) => {
      handle(request, response).catch((error: unknown) => response.writeHead(error instanceof Fault ? failures[error.code].status : 500).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = createFilesystemStore({ directory, publicUrl, secret: "s".repeat(32) });
    handle = createMediaHandler({ store, clock: { now: () => new Date() }, uploads: { mayPut: async () => true } });
    const incoming = join(directory, ".incoming");
    return {
      store,
      unfinished: async () => (await readdir(incoming).catch(() => [])).length,
      async leaveUnfinished() {
        await mkdir(incoming, { recursive: true });
        await writeFile(join(incoming, "999-left"), "half of it");
      },
      address: (key) => `${publicUrl}/media/${key}`,
      async close() {
        server.closeAllConnections();
        server.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
  { checksSignatures: true },
);
