/** Every way in which a vendor can misbehave, by its own protocol, through the engine: what becomes of the output, and how often it was asked for. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Provider } from "@cooly/engine/ports";
import { findGeneration, type GenerationRow } from "../../packages/engine/src/generations/read.ts";
import { readBalance } from "../../packages/engine/src/ledger/index.ts";
import { verifyBooks } from "../../packages/engine/src/verify/index.ts";
import { openWorld, testModel, type World } from "../../packages/engine/test/fixture.ts";
import { makeRound, openWorkshop } from "../../packages/engine/test/workshop.ts";
import { NOBODY, type UnderTest } from "./adapter-contract.ts";
import { fetchFaults, lookFaults, submitFaults, type FetchFault, type LookFault, type Stub, type SubmitFault } from "./stub.ts";

/** By then what is unknown has had every chance of becoming clear. */
const ROUNDS = 40;

type Fault = SubmitFault | LookFault | FetchFault;
type End = "succeeded" | "unknown";

export function describeFaultRuns(under: UnderTest): void {
  const able = under.provider(NOBODY);
  const clears = able.resubmit !== "billed" || able.reconcile !== undefined;
  const lost: End = clears ? "succeeded" : "unknown";
  const ends: Partial<Record<Fault, End>> = {
    drop_before_read: lost,
    drop_after_read: lost,
    garbage: lost,
    server_error_after: under.serverError === "lost" ? lost : "succeeded",
    server_error: under.serverError === "lost" ? lost : "succeeded",
    overloaded: under.overloaded === "lost" ? lost : "succeeded",
  };
  // A vendor that says 500 is believed where its protocol promises that nothing was made then.
  const believed = under.serverError === "again" ? ["server_error_after"] : [];
  const fetched: readonly Fault[] = fetchFaults;
  const faults = [...submitFaults, ...(able.look ? lookFaults : []), ...fetched].filter((fault) => !believed.includes(fault));

  describe(`${under.name}: through the engine`, () => {
    let world: World;
    let stub: Stub;
    let accountId: string;
    beforeEach(async () => {
      world = await openWorld();
      accountId = await world.accountWith([100]);
      stub = await under.start();
    });
    afterEach(async () => {
      expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
      await stub.close();
      await world.close();
    });

    const read = async (id: string): Promise<GenerationRow> => (await findGeneration(world.db, accountId, id))!;

    async function run(provider: Provider): Promise<GenerationRow> {
      const submitted = await world.submit({
        accountId,
        model: { ...testModel, price: { kind: "per_output", credits: 5 }, routes: [{ provider: "test", upstream_id: under.upstreamId }] },
        input: under.request,
      });
      if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
      const { look, ...answering } = provider;
      const workshop = await openWorkshop(world, { ...answering, ...(look && { look }) });
      for (let round = 0; round < ROUNDS; round += 1) {
        await makeRound(world, workshop, provider.resubmit);
        const generation = await read(submitted.generationId);
        if (generation.finished_at !== null) return generation;
      }
      return read(submitted.generationId);
    }

    test.each([null, ...faults])("%s", async (fault) => {
      if (fault !== null) stub.fault(fault);
      const provider = under.provider(stub.url);
      const generation = await run(provider);
      const end = (fault && ends[fault]) ?? "succeeded";
      expect(generation.status).toBe(end);
      const balance = await readBalance(world.db, accountId);
      expect(balance).toMatchObject(end === "succeeded" ? { available: 95, held: 0 } : { available: 95, held: 5 });
      // Of an output that was asked for and may have been had there is no second one, but where that costs nothing.
      if (provider.resubmit === "billed") expect(stub.made()).toBeLessThanOrEqual(1);
      if (provider.resubmit === "billed" && end === "succeeded") expect(stub.made()).toBe(1);
    });
  });
}
