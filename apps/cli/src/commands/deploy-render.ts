import { hybridNetworks, Options, renderRegions, renderTopology, topologyKinds, type OptionsDraft, type TopologyKind } from "@cooly/topology";
import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../options.ts";

const said = (name: keyof typeof Options.shape): string => Options.shape[name].description ?? "";
const words = (name: keyof typeof Options.shape) =>
  z
    .string()
    .optional()
    .meta({ description: said(name) });

export const deployRender = command({
  name: "deploy render",
  summary: "Write the files that deploy a topology, for your domain: for Vercel and Render, for one VPS, for both, or for developing.",
  example: "cooly deploy render vps --out deploy/mine --domain cooly.example.org",
  places: ["topology"],
  options: z.strictObject({
    topology: z.enum(topologyKinds, { error: `must be ${topologyKinds.join(", ")}` }).meta({ description: `${topologyKinds.join(", ")}.` }),
    out: z.string().meta({ description: "The folder to write into; files of the same name are replaced." }),
    domain: words("domain"),
    name: words("name"),
    registry: words("registry"),
    tag: words("tag"),
    region: z
      .enum(renderRegions, { error: `must be ${renderRegions.join(", ")}` })
      .optional()
      .meta({ description: said("region") }),
    objectStore: z
      .enum(["garage", "seaweedfs", "external"], { error: "must be garage, seaweedfs or external" })
      .optional()
      .meta({ description: said("objectStore") }),
    network: z
      .enum(hybridNetworks, { error: "must be outbound, tls, tunnel or allowlist" })
      .optional()
      .meta({ description: said("network") }),
    vpsAddress: words("vpsAddress"),
    allowed: words("allowed"),
    apis: wholeNumber(said("apis"), { min: 1, max: 50 }).optional(),
    genWorkers: wholeNumber(said("genWorkers"), { min: 1, max: 50 }).optional(),
  }),
  async run({ json, topology, out, allowed, ...chosen }, world) {
    const draft = { ...chosen, ...(allowed !== undefined && { allowed: allowed.split(",").map((range) => range.trim()) }) };
    const files = renderTopology(topology as TopologyKind, readOptions(draft));
    for (const { path, text, executable } of files) await world.writeFile(`${out}/${path}`, text, { mode: executable ? 0o755 : 0o644 });
    if (json) world.print(JSON.stringify({ topology, folder: out, files: files.map(({ path }) => path) }));
    else for (const { path } of files) world.print(`wrote ${out}/${path}`);
    return 0;
  },
});

function readOptions(draft: Readonly<Record<string, unknown>>): OptionsDraft {
  const given = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
  const parsed = Options.safeParse(given);
  if (parsed.success) return given as OptionsDraft;
  const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Misuse(parsed.error.issues.map((issue) => `--${dashed(String(issue.path[0] ?? ""))} ${issue.message}`).join("\n"));
}
