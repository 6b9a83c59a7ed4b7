/** Four outputs of one request take the time of one. */
import { startServer, type RunningServer } from "../ground/servers.ts";
import { ratio, spreadAt } from "../report/figures.ts";
import { startSimulator } from "../../test/simulator/src/index.ts";
import { interleave, using, type Bench, type Suite } from "./suite.ts";

const PROVIDER_MS = 1_000;
const SCENARIO = "a provider that takes 1 s";
const MS = "request to finished, ms";
const COUNTS = [1, 4] as const;
const sideOf = (outputs: number): string => `${outputs} ${outputs === 1 ? "output" : "outputs"}`;

export const fanOut: Suite = {
  name: "fan-out",
  title: "Four outputs beside one",
  async run(bench) {
    const simulator = await startSimulator({ plan: { latency_ms: [PROVIDER_MS, PROVIDER_MS] } });
    return using([simulator], async () => {
      await bench.ground.database("fan_out", "cooly");
      const environment = { SIMULATOR_URL: simulator.url };
      const server = await startServer(bench.ground, { name: "server", database: "fan_out", roles: "api,relay,gen,capture,sweeper", environment });
      return using([server], () => measure(bench, server));
    });
  },
};

async function measure(bench: Bench, server: RunningServer) {
  await generate(bench, server, 1);
  const samples = await interleave(bench, { sides: COUNTS, what: "fan-out" }, async (outputs, round) => ({
    scenario: SCENARIO,
    side: sideOf(outputs),
    round,
    figures: { [MS]: await generate(bench, server, outputs) },
  }));
  const at = (outputs: number) => ({ scenario: SCENARIO, side: sideOf(outputs), figure: MS });
  return {
    samples,
    targets: [{ says: "4 outputs / 1 output, total time, 1 s provider", bound: { atMost: 1.15 }, unit: "", measured: ratio(samples, at(4), at(1)) }],
    charts: [
      {
        file: "fan-out",
        title: "From the request to the finished generation",
        unit: "milliseconds, less is better",
        target: { value: spreadAt(samples, at(1)).median * 1.15, says: "target: 1.15 × one" },
        bars: COUNTS.map((outputs) => ({ label: sideOf(outputs), ours: true, spread: spreadAt(samples, at(outputs)) })),
      },
    ],
    notes: [
      "Over HTTP with `Prefer: wait`, on the server with all roles and the provider simulator: submit, download, thumbnail, storage and settlement are in it.",
    ],
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
