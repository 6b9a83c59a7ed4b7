import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runningServers } from "../../tools/running-servers.mjs";

test("a server of the clone is known while it lives; the number of a dead one, or of somebody else, is forgotten", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-servers-"));
  const server = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "apps/server/src/main.ts"], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  for (const pid of [server.pid!, process.pid, 2 ** 30]) await writeFile(join(folder, String(pid)), "");
  expect(runningServers(folder)).toEqual([server.pid]);
  expect(readdirSync(folder)).toEqual([String(server.pid)]);
  server.kill("SIGKILL");
  await ended;
  expect(runningServers(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
