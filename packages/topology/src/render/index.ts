/** A topology -> its files, under the names of the guide. */
import { Options, type OptionsDraft } from "../schema/options.ts";
import type { Topology, TopologyKind } from "../schema/topology.ts";
import { topologyOf } from "../topologies/index.ts";
import type { RenderedFile } from "./file.ts";
import { renderHybrid } from "./hybrid.ts";
import { renderLocal } from "./local.ts";
import { renderManaged } from "./managed.ts";
import { renderVps } from "./vps.ts";

export type { RenderedFile } from "./file.ts";

const renderers: Readonly<Record<TopologyKind, (topology: Topology, options: Options) => readonly RenderedFile[]>> = {
  managed: renderManaged,
  vps: renderVps,
  hybrid: renderHybrid,
  local: renderLocal,
};

export function renderTopology(kind: TopologyKind, draft: OptionsDraft = {}): readonly RenderedFile[] {
  const options = Options.parse(draft);
  return renderers[kind](topologyOf(kind, options), options);
}
