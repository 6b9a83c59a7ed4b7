/** A process that is asked to leave before it is ready, since its database says nothing. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { openHouse } from "./house.ts";

test("leaves at once, in order", async () => {
  const callers: Socket[] = [];
  const silent = createServer((socket) => void callers.push(socket));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const house = await openHouse({ DATABASE_URL: `postgres://a:b@127.0.0.1:${(silent.address() as AddressInfo).port}/c`, AUTH_SECRET: "s".repeat(32) });
  const { child, ended, said } = house.server("serve", "--roles", "gen,relay");
  await expect.poll(() => callers.length).toBeGreaterThan(0);
  const askedMs = performance.now();
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  // A connection that is not answered is given up after five seconds: it went before.
  expect(performance.now() - askedMs).toBeLessThan(3_000);
  expect(said()).not.toContain("process.ready");
  for (const socket of callers) socket.destroy();
  silent.close();
  await house.remove();
}, 60_000);
