import { Options, type OptionsDraft } from "../schema/options.ts";
import type { Topology, TopologyKind } from "../schema/topology.ts";
import { hybrid } from "./hybrid.ts";
import { local } from "./local.ts";
import { managed } from "./managed.ts";
import { vps } from "./vps.ts";

const topologies: Readonly<Record<TopologyKind, (options: Options) => Topology>> = { managed, vps, hybrid, local };

export const topologyKinds = Object.keys(topologies) as readonly TopologyKind[];

/** The deployment that these options describe. */
export const topologyOf = (kind: TopologyKind, options: OptionsDraft = {}): Topology => topologies[kind](Options.parse(options));
