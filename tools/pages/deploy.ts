/** deploy/: what each topology is rendered to with nothing chosen; and topologies as data, also those where something is. */
import { renderTopology, topologyKinds, topologyOf, type OptionsDraft, type TopologyKind } from "@cooly/topology";

export const deployFiles = topologyKinds.flatMap((kind) => renderTopology(kind).map((file) => ({ ...file, path: `deploy/${kind}/${file.path}` })));

/** Every choice that changes what is built, not only how it is called. */
export const variants: Readonly<Record<string, readonly [TopologyKind, OptionsDraft]>> = {
  ...Object.fromEntries(topologyKinds.map((kind) => [kind, [kind, {}] as const])),
  "vps-seaweedfs": ["vps", { objectStore: "seaweedfs" }],
  "vps-external": ["vps", { objectStore: "external" }],
  "hybrid-garage": ["hybrid", { objectStore: "garage" }],
  "hybrid-tls": ["hybrid", { network: "tls" }],
  "hybrid-tunnel": ["hybrid", { network: "tunnel" }],
  "hybrid-allowlist": ["hybrid", { network: "allowlist", allowed: ["198.51.100.0/24", "203.0.113.0/24"] }],
  "hybrid-allowlist-seaweedfs": ["hybrid", { network: "allowlist", objectStore: "seaweedfs" }],
  "local-garage": ["local", { objectStore: "garage" }],
};

export const goldenTopologies: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(variants).map(([name, [kind, options]]) => [
    `packages/topology/golden/${name}.json`,
    () => `${JSON.stringify(topologyOf(kind, options), null, 2)}\n`,
  ]),
);
