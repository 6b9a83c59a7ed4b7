/** From a draft to a topology that is whole. */
import type { namesOf, Options } from "../schema/options.ts";
import { Topology, type Address, type Link, type ServiceDraft } from "../schema/topology.ts";

type Draft = Omit<Topology, "name" | "services" | "hosts" | "addresses" | "networks" | "links" | "volumes" | "costs"> & {
  readonly [part in "hosts" | "addresses" | "networks" | "links" | "volumes" | "costs"]: readonly Topology[part][number][];
} & { readonly services: readonly ServiceDraft[] };

export const draftTopology = ({ name }: Options, draft: Draft): Topology => Topology.parse({ name, ...draft });

type Names = ReturnType<typeof namesOf>;

export const addressIn = (names: Names, id: keyof Names, { service, port }: { readonly service: string; readonly port: number }): Address => ({
  id,
  ...names[id],
  service,
  port,
  protocol: id === "cache" ? "rediss" : "https",
});

/** Links between services of one installation: `to` is a part and its port, such as `postgres:5432`. */
export const linksOver =
  ({ name }: { readonly name: string }, over: Link["over"]) =>
  (from: string, to: string, says: string): Link => {
    const [part = "", port] = to.split(":");
    return { from: `${name}-${from}`, to: `${name}-${part}`, port: Number(port), over, says };
  };
