/** Four outputs of one request take the time of one. */
import { startServer, type RunningServer } from "../ground/servers.ts";
import { ratio, spreadAt } from "../report/figures.ts";
import { startSimulator } from "../../test/simulator/src/index.ts";
import { interleave, using, type Bench, type Suite } from "./suite.ts";

/** The second is what the application that went before measured of its vendor; it made four pictures one after another, in 30 to 35 s. */
const PROVIDERS = [
  { scenario: "a provider that takes 1 s", says: "4 outputs / 1 output, total time, 1 s provider", plan: { latency_ms: [1_000, 1_000], transfer_ms: 0 } },
  {
    scenario: "a provider that takes 6.6 s, and 1.4 s for the file",
    says: "4 outputs / 1 output, total time, 6.6 s provider and 1.4 s transfer",
    plan: { latency_ms: [6_600, 6_600], transfer_ms: 1_400 },
  },
] as const;
type Vendor = (typeof PROVIDERS)[number];
const MS = "request to finished, ms";
const COUNTS = [1, 4] as const;
const sideOf = (outputs: number): string => `${outputs} ${outputs === 1 ? "output" : "outputs"}`;

export const fanOut: Suite = {
  name: "fan-out",
  title: "Four outputs beside one",
  async run(bench) {
    const simulator = await startSimulator();
    return using([simulator], async () => {
      await bench.ground.database("fan_out", "cooly");
      const environment = { SIMULATOR_URL: simulator.url };
      const server = await startServer(bench.ground, { name: "server", database: "fan_out", roles: "api,relay,gen,capture,sweeper", environment });
      return using([server], async () => {
        const measured = [];
        for (const vendor of PROVIDERS) {
          simulator.setPlan({ ...vendor.plan, latency_ms: [...vendor.plan.latency_ms] });
          measured.push(await measure(bench, server, vendor));
        }
        return {
          samples: measured.flatMap(({ samples }) => samples),
          targets: measured.map(({ target }) => target),
          charts: measured.slice(0, 1).map(({ chart }) => chart),
          notes: [NOTE],
        };
      });
    });
  },
};

const NOTE =
  "Over HTTP with `Prefer: wait`, on the server with all roles and the provider simulator: submit, download, thumbnail, storage and settlement are in it.";

async function measure(bench: Bench, server: RunningServer, { scenario, says }: Vendor) {
  await generate(bench, server, 1);
  const samples = await interleave(bench, { sides: COUNTS, what: "fan-out" }, async (outputs, round) => ({
    scenario,
    side: sideOf(outputs),
    round,
    figures: { [MS]: await generate(bench, server, outputs) },
  }));
  const at = (outputs: number) => ({ scenario, side: sideOf(outputs), figure: MS });
  return {
    samples,
    target: { says, bound: { atMost: 1.15 }, unit: "", measured: ratio(samples, at(4), at(1)) },
    chart: {
      file: "fan-out",
      title: "From the request to the finished generation",
      unit: "milliseconds, less is better",
      target: { value: spreadAt(samples, at(1)).median * 1.15, says: "target: 1.15 × one" },
      bars: COUNTS.map((outputs) => ({ label: sideOf(outputs), ours: true, spread: spreadAt(samples, at(outputs)) })),
    },
  };
}

async function generate({ ground }: Bench, { port }: RunningServer, outputs: number): Promise<number> {
  const startedMs = performance.now();
  const reply = await fetch(`http://127.0.0.1:${port}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${ground.users[1]!.bearer}`, "content-type": "application/json", prefer: "wait=30" },
    body: JSON.stringify({ model: "sim/sync", input: { prompt: "a lighthouse" }, outputs }),
  });
  const said = (await reply.json()) as { status: string };
  if (said.status !== "succeeded") throw new Error(`the generation is ${said.status}`);
  return performance.now() - startedMs;
}
