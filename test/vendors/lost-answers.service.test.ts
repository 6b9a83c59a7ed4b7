/** Where the answer to a submit is lost and the vendor has no list, its webhook still finds the output: by the address that we gave. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFalHookReader } from "@cooly/drivers/provider/fal/hook";
import { createFalQueue } from "@cooly/drivers/provider/fal/queue";
import { createReplicateHookReader } from "@cooly/drivers/provider/replicate/hook";
import { createReplicate } from "@cooly/drivers/provider/replicate/predictions";
import { createWaveSpeedHookReader } from "@cooly/drivers/provider/wavespeed/hook";
import { createWaveSpeed } from "@cooly/drivers/provider/wavespeed/predictions";
import type { HookReader, Provider } from "@cooly/engine/ports";
import { receive } from "../../packages/engine/src/generations/inbox.ts";
import { findGeneration } from "../../packages/engine/src/generations/read.ts";
import { readBalance } from "../../packages/engine/src/ledger/index.ts";
import { openWorld, testModel, type World } from "../../packages/engine/test/fixture.ts";
import { makeRound, openWorkshop, pixel } from "../../packages/engine/test/workshop.ts";
import { SECRET_KEY } from "./adapter-contract.ts";
import { startFal } from "./fal-stub.ts";
import { REPLICATE_SECRET, startReplicate } from "./replicate-stub.ts";
import type { Call, Stub } from "./stub.ts";
import { startWaveSpeed, WAVESPEED_SECRET } from "./wavespeed-stub.ts";

const key = SECRET_KEY;
const hookUrl = "https://cooly.example/v1/hooks/test";

interface Hooked {
  readonly name: string;
  readonly upstreamId: string;
  start(): Promise<Stub & { hook(body: object): { headers: Record<string, string>; body: Buffer } }>;
  provider(url: string): Provider;
  reader(url: string): HookReader;
  /** Where it was told to call back. */
  address(submit: Call): unknown;
  /** What it says when it has made it. */
  done(file: string): object;
}

const vendors: readonly Hooked[] = [
  {
    name: "fal",
    upstreamId: "fal-ai/painter",
    start: () => startFal(pixel),
    provider: (url) => createFalQueue({ id: "test", url, key, hookUrl }),
    reader: (url) => createFalHookReader({ key, keysUrl: `${url}/.well-known/jwks.json` }),
    address: ({ query }) => query.get("fal_webhook"),
    done: (url) => ({ request_id: "r-1", status: "OK", payload: { images: [{ url }] } }),
  },
  {
    name: "Replicate",
    upstreamId: "acme/painter",
    start: () => startReplicate(pixel),
    provider: (url) => createReplicate({ id: "test", url: `${url}/v1`, key, hookUrl }),
    reader: () => createReplicateHookReader({ key, secret: REPLICATE_SECRET }),
    address: (submit) => submit.json()["webhook"],
    done: (output) => ({ id: "p-1", status: "succeeded", output }),
  },
  {
    name: "WaveSpeed",
    upstreamId: "acme/painter",
    start: () => startWaveSpeed(pixel),
    provider: (url) => createWaveSpeed({ id: "test", url: `${url}/api/v3`, key, hookUrl }),
    reader: () => createWaveSpeedHookReader({ key, secret: WAVESPEED_SECRET }),
    address: ({ query }) => query.get("webhook"),
    done: (url) => ({ id: "p-1", model: "acme/painter", status: "completed", outputs: [url] }),
  },
];

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test.each(vendors.map((vendor) => [vendor.name, vendor] as const))("%s", async (_name, vendor) => {
  const stub = await vendor.start();
  try {
    const accountId = await world.accountWith([100]);
    const provider = vendor.provider(stub.url);
    const { look, ...answering } = provider;
    const workshop = await openWorkshop(world, { ...answering, look: look! });
    const model = { ...testModel, price: { kind: "per_output", credits: 5 }, routes: [{ provider: "test", upstream_id: vendor.upstreamId }] } as const;
    const submitted = await world.submit({ accountId, model: { ...model, routes: [...model.routes] }, input: { prompt: "a lighthouse" } });
    if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
    stub.fault("drop_after_read");
    const round = () => makeRound(world, workshop, provider.resubmit);
    await round();
    await round();
    expect((await findGeneration(world.db, accountId, submitted.generationId))!.status).toBe("unknown");

    const { searchParams: query } = new URL(String(vendor.address(stub.submits[0]!)));
    const message = { query, ...stub.hook(vendor.done(`${stub.url}/files/1`)) };
    const reader = vendor.reader(stub.url);
    const [heard, copy] = [await reader.read(message, new Date()), await reader.read(message, new Date())];
    expect([await receive(world.db, "test", heard!), await receive(world.db, "test", copy!)]).toEqual([true, false]);
    await round();
    await round();
    expect((await findGeneration(world.db, accountId, submitted.generationId))!.status).toBe("succeeded");
    expect(await readBalance(world.db, accountId)).toMatchObject({ available: 95, held: 0 });
    expect(stub.made()).toBe(1);
  } finally {
    await stub.close();
  }
});
